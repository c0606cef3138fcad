using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.FullMesh;

/// <summary>Whether messages flow between us and a member.</summary>
internal abstract record MemberLink
{
    /// <summary>No: the next attempt is due then.</summary>
    internal sealed record Unlinked(Instant RetryAt, int Attempts) : MemberLink;

    /// <summary>Not yet: an attempt of ours or of the member is under way.</summary>
    internal sealed record Connecting(Instant Since, int Attempts) : MemberLink;

    /// <summary>Yes, and users see the member.</summary>
    internal sealed record Up(Instant Since, LinkPath Path, bool Suspected, NeighbourTalk Talk) : MemberLink;
}

/// <summary>A member that we remember.</summary>
internal sealed class MeshMember(PeerCard card, Incarnation incarnation, MemberLink link, Instant forgetAt)
{
    public PeerCard Card { get; } = card;
    public PeerId Id => Card.Id;
    public Incarnation Incarnation { get; set; } = incarnation;

    /// <summary>Null where only the card was heard.</summary>
    public MemberRecord? Record { get; set; }

    public MemberLink Link { get; set; } = link;

    /// <summary>Unless it is up or vouched for by then.</summary>
    public Instant ForgetAt { get; set; } = forgetAt;

    /// <summary>It said that it goes offline: so many retries are left. Null where it did not.</summary>
    public int? OfflineRetriesLeft { get; set; }

    public bool HasFailed { get; set; }

    /// <summary>Refusals in a row, and what the last one said.</summary>
    public int Refusals { get; set; }
    public NetfluxError? Refusal { get; set; }

    /// <summary>It broke the protocol, and is refused until then.</summary>
    public Instant? BannedUntil { get; set; }

    public bool IsUp => Link is MemberLink.Up;
}

/// <summary>The conversation of two neighbours about members.</summary>
internal sealed class NeighbourTalk(FullMeshOptions options)
{
    /// <summary>With whom the neighbour says it is linked, and until when its word holds.</summary>
    public SortedDictionary<PeerId, Instant> Vouches { get; } = [];

    public TokenBucket Verifications { get; } = new(options.VerificationsBurst, options.VerificationsPerSecond);
    public TokenBucket Introductions { get; } = new(options.IntroductionsBurst, options.IntroductionsPerSecond);
    public TokenBucket ListsAnswered { get; } = new(options.ListsAnsweredBurst, options.ListsAnsweredPerSecond);

    public int InvalidRecords { get; set; }

    /// <summary>We sent a digest; a whole list may come in answer, and is answered by ours, once.</summary>
    public bool DigestSent { get; set; }
}
