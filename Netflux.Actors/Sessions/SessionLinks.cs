using Netflux.Core;
using Netflux.Links;

namespace Netflux.Sessions;

/// <summary>
/// The links of one session. Numbered frames go by one of them at a time, the link in use; every link is read. The side that decides (the smaller PeerId)
/// also closes what is not needed, so that the two sides never close each other's choice; the other side follows.
/// </summary>
internal sealed class SessionLinks(bool decides, SessionOptions options, SendStream stream, SessionOutput output)
{
    private readonly List<SessionLink> _links = [];

    public SessionLink? InUse { get; private set; }

    public bool Any => _links.Count > 0;

    public SessionLink? Find(LinkId id)
    {
        foreach (var link in _links) if (link.Id == id) return link;
        return null;
    }

    public void Add(SessionLink link)
    {
        if (_links.Count >= options.LinksMax) Close(_links.First(oldest => oldest != InUse), CloseCode.Done, "A newer link was proven.");
        _links.Add(link);
    }

    /// <summary>Both sides know where to go on by this link.</summary>
    public void OnAgreed(SessionLink link, Instant now)
    {
        link.IsAgreed = true;
        link.OwesAck = true;
        // The follower writes where the decider spoke last; the decider waits for an acknowledgement before it gives up a link that may still be good.
        if (InUse is null || !decides) Use(link);
        else InUse.Ping(0);
        Settle(now);
    }

    public void OnAck(SessionLink link, Instant now)
    {
        if (link.HasCarriedAck) return;
        link.HasCarriedAck = true;
        Settle(now);
    }

    /// <summary>When a choice between two links falls.</summary>
    public Instant? NextDeadline => decides && Challenger is { } challenger ? challenger.ProvenAt + options.PreferredLinkGrace : null;

    /// <summary>
    /// A link that has carried an acknowledgement takes over from the one in use, which closes. Of two simultaneous dials the one begun by the smaller PeerId
    /// lives: it is kept if it shows life after the other was proven.
    /// </summary>
    public void Settle(Instant now)
    {
        if (!decides || Challenger is not { } challenger) return;
        var old = InUse!;
        if (IsPreferredTo(old, challenger))
        {
            if (old.HeardAt > challenger.ProvenAt)
            {
                Close(challenger, CloseCode.Done, "Of two simultaneous dials the other lives.");
                return;
            }
            if (now < challenger.ProvenAt + options.PreferredLinkGrace) return;
        }
        Use(challenger);
        Close(old, CloseCode.Done, "A newer link has taken over.");
    }

    /// <summary>False if the link was not one of the session.</summary>
    public bool HandleLost(LinkId id)
    {
        if (Find(id) is not { } link) return false;
        Remove(link);
        return true;
    }

    /// <summary>Asks for a sign of life by every link, and closes those that are silent while another speaks.</summary>
    public void Ping(ulong id, TimeSpan suspectAfter, Instant now)
    {
        var heardAt = _links.Count == 0 ? now : _links.Max(link => link.HeardAt);
        foreach (var link in _links.ToArray())
        {
            if (link.HeardAt < heardAt && now - link.HeardAt > suspectAfter) Close(link, CloseCode.Lost, "Silent while another link speaks.");
            else link.Ping(id);
        }
    }

    /// <summary>A link with room and something to write.</summary>
    public SessionLink? FindWritable(ReceiveStream receive)
    {
        foreach (var link in _links)
        {
            if (link.HasRoom(options.LinkBufferBytesMax) && (link.HasWork || (link == InUse && (stream.HasWork || receive.AckIsDue)))) return link;
        }
        return null;
    }

    public void CloseAll(CloseCode code, string text, SessionLink? except = null)
    {
        foreach (var link in _links.ToArray()) if (link != except) Close(link, code, text);
    }

    // The newest link that works both ways and is not in use.
    private SessionLink? Challenger => _links.Count < 2 ? null : _links.FindLast(link => link != InUse && link.HasCarriedAck && link.ProvenAt >= InUse!.ProvenAt);

    private bool IsPreferredTo(SessionLink link, SessionLink other) =>
        link.Proven.Role == LinkRole.Dialler && other.Proven.Role == LinkRole.Listener && other.ProvenAt - link.ProvenAt <= options.SimultaneousDialWindow;

    private void Use(SessionLink? link)
    {
        InUse = link;
        stream.Rewind();
    }

    private void Close(SessionLink link, CloseCode code, string text)
    {
        output.Say(new CloseLink(link.Id, code, text));
        Remove(link);
    }

    private void Remove(SessionLink link)
    {
        _links.Remove(link);
        if (link == InUse) Use(_links.FindLast(other => other.IsAgreed));
    }
}
