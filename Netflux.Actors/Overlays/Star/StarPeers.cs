using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Star;

/// <summary>Somebody to link with: the record is null where only the card was heard.</summary>
internal readonly record struct StarContact(PeerCard Card, MemberRecord? Record)
{
    public PeerId Id => Card.Id;

    public static StarContact Of(MemberRecord record) => new(record.Card, record);
}

/// <summary>Whether messages flow between us and a peer.</summary>
internal abstract record StarLink
{
    /// <summary>No: the next attempt, where it is wanted, is due then.</summary>
    internal sealed record Unlinked(Instant RetryAt, int Attempts) : StarLink;

    /// <summary>Not yet: an attempt of ours or of the peer is under way.</summary>
    internal sealed record Connecting(Instant Since, int Attempts) : StarLink;

    internal sealed record Up(LinkPath Path, bool Suspected, StarTalk Talk) : StarLink;
}

/// <summary>What one neighbour said on its link, and what it may still say.</summary>
internal sealed class StarTalk(StarOptions options)
{
    /// <summary>The hub that it follows, or that it is.</summary>
    public Succession? Claim { get; set; }

    /// <summary>It said last that it has no hub, and lost that of this epoch.</summary>
    public ulong? OrphanOf { get; set; }

    /// <summary>The reign of which we told it last.</summary>
    public Succession? Told { get; set; }

    /// <summary>Members heard of since a list began.</summary>
    public HashSet<PeerId>? Listed { get; set; }

    public int Invalid { get; set; }

    public TokenBucket Verifications { get; } = new(options.VerificationsBurst, options.VerificationsPerSecond);
    public TokenBucket Introductions { get; } = new(options.IntroductionsBurst, options.IntroductionsPerSecond);
    public TokenBucket ListsAnswered { get; } = new(options.ListsAnsweredBurst, options.ListsAnsweredPerSecond);
}

internal sealed class StarPeer(StarContact contact, StarLink link)
{
    public PeerId Id => Contact.Id;
    public StarContact Contact { get; set; } = contact;
    public StarLink Link { get; set; } = link;

    /// <summary>We asked for the link, so it is for us to drop it.</summary>
    public bool Opened { get; set; }

    public Instant? NeedlessSince { get; set; }
    public Instant WantedAt { get; set; }
    public Instant? FailedAt { get; set; }

    /// <summary>Refusals in a row, and what the last one said.</summary>
    public int Refusals { get; set; }
    public NetfluxError? Refusal { get; set; }

    public bool IsUp => Link is StarLink.Up;

    /// <summary>Up, and heard lately.</summary>
    public bool IsHeard => Link is StarLink.Up { Suspected: false };
}

/// <summary>
/// The links of one member. What the star wants is said anew after each fact; attempts, retries and the dropping of what is needed no more follow from it.
/// </summary>
internal sealed class StarPeers(StarOptions options, int places, Queue<OverlayInstruction> outbox, IRandomSource random)
{
    private readonly SortedDictionary<PeerId, StarPeer> _peers = [];
    private readonly SortedDictionary<PeerId, Instant> _banned = [];

    public IEnumerable<StarPeer> All => _peers.Values;

    public IEnumerable<(StarPeer Peer, StarLink.Up Link)> Up
    {
        get
        {
            foreach (var peer in _peers.Values)
                if (peer.Link is StarLink.Up up) yield return (peer, up);
        }
    }

    public bool TryFind(PeerId id, [NotNullWhen(true)] out StarPeer? peer) => _peers.TryGetValue(id, out peer);

    public bool IsUp(PeerId id) => _peers.TryGetValue(id, out var peer) && peer.IsUp;

    public StarTalk? TalkOf(PeerId id) => _peers.TryGetValue(id, out var peer) && peer.Link is StarLink.Up up ? up.Talk : null;

    /// <summary>Null where there are too many, and none can make room.</summary>
    public StarPeer? TryMeet(StarContact contact, Instant now)
    {
        if (!_peers.TryGetValue(contact.Id, out var peer))
        {
            if (_peers.Count >= options.PeersPerPlace * places)
            {
                var victim = _peers.Values.Where(other => other.Link is StarLink.Unlinked).MinBy(other => other.WantedAt);
                if (victim is null) return null;
                _peers.Remove(victim.Id);
            }
            _peers[contact.Id] = peer = new StarPeer(contact, new StarLink.Unlinked(now, 0)) { WantedAt = now };
        }
        if (contact.Record is { } record && (peer.Contact.Record is not { } known || record.IsNewerThan(known))) peer.Contact = contact;
        return peer;
    }

    // ---- What is wanted ----

    /// <summary>Connects to those that are wanted as their retries come due, and drops what is needed no more.</summary>
    /// <param name="wanted">In the order of their weight; with the longest pause between attempts.</param>
    /// <param name="keeps">Whether a link that is not wanted is still of use.</param>
    public void Follow(IReadOnlyDictionary<PeerId, (StarContact Contact, TimeSpan RetryMax)> wanted, Func<StarPeer, bool> keeps, Instant now)
    {
        foreach (var (contact, _) in wanted.Values)
        {
            if (IsBanned(contact.Id, now) || TryMeet(contact, now) is not { } peer) continue;
            peer.WantedAt = now;
            if (peer.Link is StarLink.Unlinked link && link.RetryAt <= now)
            {
                (peer.Link, peer.Opened) = (new StarLink.Connecting(now, link.Attempts), true);
                outbox.Enqueue(new ConnectNeighbour(peer.Contact.Card, peer.Contact.Record));
            }
        }
        List<PeerId>? forgotten = null;
        foreach (var peer in _peers.Values)
        {
            var needed = wanted.ContainsKey(peer.Id) || keeps(peer);
            switch (peer.Link)
            {
                case StarLink.Connecting link when link.Since + options.ConnectPatience <= now:
                    HandleFailed(peer.Id, NetfluxError.PeerUnreachable, options.RetryMax, now);
                    break;
                case StarLink.Connecting when peer.Opened && !needed:
                    Drop(peer, PeerLeavingReason.Disconnected, now);
                    break;
                case StarLink.Up when needed:
                    peer.NeedlessSince = null;
                    break;
                case StarLink.Up:
                    peer.NeedlessSince ??= now;
                    if (DropAt(peer) <= now) Drop(peer, PeerLeavingReason.Disconnected, now);
                    break;
                case StarLink.Unlinked when peer.WantedAt + options.PeerMemory <= now:
                    (forgotten ??= []).Add(peer.Id);
                    break;
            }
        }
        foreach (var id in forgotten ?? []) _peers.Remove(id);
    }

    private Instant? DropAt(StarPeer peer) => peer.NeedlessSince + (peer.Opened ? options.NeedlessTime : options.UnusedTime);

    public Instant? NextDeadline(IReadOnlyDictionary<PeerId, (StarContact Contact, TimeSpan RetryMax)> wanted)
    {
        Instant? next = null;
        foreach (var peer in _peers.Values)
            next = Instant.Earlier(next, peer.Link switch
            {
                StarLink.Unlinked link => wanted.ContainsKey(peer.Id) ? link.RetryAt : peer.WantedAt + options.PeerMemory,
                StarLink.Connecting link => link.Since + options.ConnectPatience,
                _ => DropAt(peer),
            });
        return next;
    }

    /// <summary>Where an attempt is put off, it is put off no more.</summary>
    public void Hurry(PeerId id, Instant now)
    {
        if (_peers.TryGetValue(id, out var peer) && peer.Link is StarLink.Unlinked link && link.RetryAt > now) peer.Link = new StarLink.Unlinked(now, 0);
    }

    // ---- What happens ----

    /// <summary>An attempt failed, or was refused.</summary>
    public void HandleFailed(PeerId id, NetfluxError why, TimeSpan retryMax, Instant now)
    {
        if (!_peers.TryGetValue(id, out var peer) || peer.Link is not StarLink.Connecting link) return;
        var refused = why is not (NetfluxError.PeerUnreachable or NetfluxError.TimedOut);
        peer.Refusals = refused ? peer.Refusals + 1 : 0;
        peer.Refusal = refused ? why : null;
        peer.FailedAt = now;
        var pause = options.RetryMin * Math.Pow(2, Math.Min(link.Attempts, 16));
        (peer.Link, peer.Opened) = (new StarLink.Unlinked(now + random.Jitter(pause < retryMax ? pause : retryMax, options.RetrySpread), link.Attempts + 1), false);
    }

    public StarTalk HandleUp(StarPeer peer, LinkPath path)
    {
        // An attachment that replaces another: of the same run nothing changes; that it is heard again is told as any recovery.
        var link = peer.Link is StarLink.Up before ? before with { Path = path } : new StarLink.Up(path, Suspected: false, new StarTalk(options));
        peer.Link = link;
        (peer.Refusals, peer.Refusal, peer.FailedAt, peer.NeedlessSince) = (0, null, null, null);
        return link.Talk;
    }

    public void HandleDown(StarPeer peer, PeerLeavingReason reason, Instant now)
    {
        if (reason != PeerLeavingReason.Disconnected) peer.FailedAt = now;      // who needs us no more is no less alive
        (peer.Link, peer.Opened, peer.NeedlessSince) = (new StarLink.Unlinked(now + random.Jitter(options.RetryMin, options.RetrySpread), 0), false, null);
    }

    public void Drop(StarPeer peer, PeerLeavingReason reason, Instant now)
    {
        if (peer.Link is StarLink.Unlinked) return;
        outbox.Enqueue(new DropNeighbour(peer.Id, reason));
        HandleDown(peer, reason, now);
        peer.Link = new StarLink.Unlinked(now + random.Jitter(options.RetryMax, options.RetrySpread), 0);
    }

    public void DropAll(PeerLeavingReason reason, Instant now)
    {
        foreach (var peer in _peers.Values) Drop(peer, reason, now);
        _peers.Clear();
    }

    // ---- Who broke the protocol ----

    public bool IsBanned(PeerId id, Instant now) => _banned.TryGetValue(id, out var until) && until > now;

    public void Ban(StarPeer peer, Instant now)
    {
        foreach (var id in _banned.Where(ban => ban.Value <= now).Select(ban => ban.Key).ToList()) _banned.Remove(id);
        if (_banned.Count >= options.PeersPerPlace * places) _banned.Remove(_banned.MinBy(ban => ban.Value).Key);
        _banned[peer.Id] = now + options.BanTime;
        Drop(peer, PeerLeavingReason.ProtocolViolated, now);
    }
}
