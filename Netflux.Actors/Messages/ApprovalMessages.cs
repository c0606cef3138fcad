using Netflux.Identity;

namespace Netflux.Messages;

// ---- Commands, of who asks; JoinNetwork.Ask begins it ----

/// <summary>Takes back a wish to join that waits at a tracking server. Reply: <see cref="ApprovalWithdrawn"/>, or <see cref="NetfluxError.UnknownRequest"/> where it waits no more: it was decided or withdrawn, or its time was over.</summary>
/// <param name="Address">The network's address.</param>
public sealed record WithdrawApproval(NetworkAddress Address) : NetfluxRequest;

// ---- Commands and queries, of members that may invite ----

/// <summary>Asks who wishes to join a network that a tracking server remembers. Reply: <see cref="Approvals"/>; <see cref="NetfluxError.NotAdmitted"/> where this process may not invite.</summary>
public sealed record GetApprovals(NetworkId Network) : NetfluxRequest;

/// <summary>
/// Decides on the wish of a peer to join: lets it in by an admission that this process signs, or not. The peer learns of it at once, or when it comes. Reply: <see cref="ApprovalDecided"/> once the
/// tracking server has stored it; <see cref="NetfluxError.UnknownRequest"/> where the wish waits no more. Who was declined can be let in yet.
/// </summary>
public sealed record DecideApproval(NetworkId Network, PeerId Peer, bool Accept) : NetfluxRequest
{
    /// <summary>Whether the peer may invite others, where it is let in.</summary>
    public bool MayInvite { get; init; }
    /// <summary>For the peer, where it is not let in: one line of at most 200 bytes.</summary>
    public string Why { get; init; } = "";
}

// ---- Replies ----

/// <summary>The wish waits no more.</summary>
public sealed record ApprovalWithdrawn(NetworkId Network) : INetfluxMessage;

/// <summary>What a peer says of itself that wishes to join; it signed that. Its name is unproven.</summary>
/// <param name="Peer">Who.</param>
/// <param name="Name">What it calls itself.</param>
/// <param name="Text">What it says; may be empty.</param>
/// <param name="AskedAt">By its own clock.</param>
public sealed record ApprovalRequest(PeerId Peer, string Name, string Text, DateTimeOffset AskedAt);

/// <summary>Who wishes to join, in the order of their ids.</summary>
public sealed record Approvals(NetworkId Network, IReadOnlyList<ApprovalRequest> Requests) : INetfluxMessage;

/// <summary>The decision is stored.</summary>
public sealed record ApprovalDecided(NetworkId Network, PeerId Peer, bool Accepted) : INetfluxMessage;

// ---- Events ----

/// <summary>A peer wishes to join, and this process may decide; of those that came while it was away it hears when it has joined. Answer with <see cref="DecideApproval"/>, unless another member does.</summary>
public sealed record ApprovalAsked(Network Network, ApprovalRequest Request) : INetfluxMessage;
