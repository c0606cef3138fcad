using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip.HyParView;

namespace Netflux.Overlays.Gossip;

/// <summary>A channel with a member, neighbour or not yet.</summary>
internal sealed class GossipChannel(GossipOptions options, Instant now)
{
    public Instant Since { get; } = now;
    public TokenBucket Introductions { get; } = new(options.IntroductionsBurst, options.IntroductionsPerSecond);
}

/// <summary>Links as HyParView wants them, over channels that are opened and closed by others: what is to be said first on one waits until it is open.</summary>
internal sealed class GossipChannels(Genesis genesis, GossipOptions options, Queue<OverlayInstruction> outbox)
{
    private readonly Dictionary<PeerId, GossipChannel> _open = [];
    private readonly Dictionary<PeerId, byte[]> _opening = [];      // and what is said first
    private readonly Dictionary<PeerId, Instant> _admitted = [];    // who asked and may come: until when its place is kept
    private readonly OrderedDictionary<PeerId, PeerCard> _heard = [];      // of whom only the card was heard, lately last; each is tried once

    public IReadOnlyDictionary<PeerId, GossipChannel> All => _open;

    /// <summary>Whether there is room for one that asks; it is taken from now on. False where there are too many, those that were admitted and are on their way among them.</summary>
    public bool TryAdmit(PeerId asker, Instant now)
    {
        if (_open.ContainsKey(asker)) return true;
        foreach (var late in _admitted.Where(admitted => admitted.Value <= now).Select(admitted => admitted.Key).ToList()) _admitted.Remove(late);
        if (!_admitted.ContainsKey(asker) && _open.Count + _admitted.Count >= options.Views.ActiveView + options.AskersMax) return false;
        _admitted[asker] = now + options.AskerPatience;
        return true;
    }

    /// <summary>A contact that has no record yet.</summary>
    public Contact Hear(HeardMember member)
    {
        if (!_heard.Remove(member.Card.Id) && _heard.Count >= options.Views.PassiveView + options.Views.ContactsMax) _heard.RemoveAt(0);
        _heard.Add(member.Card.Id, member.Card);
        return new Contact(member.Card.Id, RankOf(member.Incarnation, 0), ReadOnlyMemory<byte>.Empty);
    }

    public static Contact ContactOf(MemberRecord record) => new(record.Id, RankOf(record.Incarnation, record.Version), record.Record);

    /// <summary>Incarnations are milliseconds since 1970, 41 bits today; 16 bits count the versions of one.</summary>
    private static ulong RankOf(Incarnation incarnation, uint version) => incarnation.Value >= 1UL << 48 ? ulong.MaxValue : incarnation.Value << 16 | Math.Min(version, ushort.MaxValue);

    // ---- What HyParView wants ----

    /// <summary>False where nobody can be asked: the contact has no record that holds.</summary>
    public bool TryOpen(Contact to, HyParViewMessage first, DateTimeOffset wallClock)
    {
        var body = GossipControl.Write(first);
        if (_open.ContainsKey(to.Id))
        {
            outbox.Enqueue(new SendControl(to.Id, body));
            return true;
        }
        if (MemberRecord.TryParse(to.Record, genesis, wallClock, out var record, out _) && record.Id == to.Id) outbox.Enqueue(new ConnectNeighbour(record.Card, record));
        else if (_heard.Remove(to.Id, out var card)) outbox.Enqueue(new ConnectNeighbour(card, null));
        else return false;
        _opening[to.Id] = body;
        return true;
    }

    public void Send(PeerId to, byte[] body)
    {
        if (_open.ContainsKey(to)) outbox.Enqueue(new SendControl(to, body));
    }

    /// <summary>True where a channel was open.</summary>
    public bool Close(PeerId peer, Messages.PeerLeavingReason reason)
    {
        _admitted.Remove(peer);
        var wasOpen = _open.Remove(peer);
        if (_opening.Remove(peer) || wasOpen) outbox.Enqueue(new DropNeighbour(peer, reason));
        return wasOpen;
    }

    public void CloseAll(Messages.PeerLeavingReason reason)
    {
        foreach (var peer in _open.Keys.Concat(_opening.Keys).Distinct().Order().ToList()) Close(peer, reason);
    }

    // ---- What came of it ----

    public void HandleOpened(MemberRecord member, Instant now)
    {
        _open[member.Id] = new GossipChannel(options, now);
        _admitted.Remove(member.Id);
        if (_opening.Remove(member.Id, out var first)) outbox.Enqueue(new SendControl(member.Id, first));
    }

    public void HandleClosed(PeerId peer)
    {
        _open.Remove(peer);
        _opening.Remove(peer);
        _admitted.Remove(peer);
    }

    public void HandleFailed(PeerId peer)
    {
        _opening.Remove(peer);
        _admitted.Remove(peer);
    }
}
