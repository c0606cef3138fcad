using Akka.Actor;
using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>Names one join request that came in.</summary>
public readonly record struct JoinRequestId(long Value);

// ---- Commands ----

/// <summary>
/// Invites a peer into a network of which this process is a member. Told to the facade, or to the peer's own actor. Reply: a <see cref="JoinRequestAnswer"/>. A peer that is not connected, and is a
/// member of a network that a tracking server remembers, as this process is, gets it from that server when it comes: then the reply is <see cref="JoinRequestKept"/>.
/// </summary>
public sealed record SendJoinRequest(PeerId Peer, NetworkId Network) : NetfluxRequest
{
    /// <summary>How long it waits for a peer that is not connected: up to seven days; null is one day.</summary>
    public TimeSpan? KeepFor { get; init; }
}

/// <summary>
/// Takes back a join request that is kept. Reply: <see cref="JoinRequestWithdrawn"/>, or <see cref="NetfluxError.UnknownRequest"/> where it is kept no more: it was answered or withdrawn, or its time
/// was over. A peer that has it already may still accept.
/// </summary>
/// <param name="Through">As <see cref="JoinRequestKept"/> said.</param>
/// <param name="Id">As <see cref="JoinRequestKept"/> said.</param>
public sealed record WithdrawJoinRequest(NetworkId Through, InvitationId Id) : NetfluxRequest;

/// <summary>Makes one actor the answerer of join requests: it hears <see cref="JoinRequest"/>. There is one at a time, until it stops or says <see cref="StopAnsweringJoinRequests"/>. Reply: <see cref="AnsweringJoinRequests"/>.</summary>
public sealed record AnswerJoinRequests(IActorRef Answerer) : NetfluxRequest;

/// <summary>Makes the answerer stop being it. Reply: <see cref="AnsweringJoinRequests"/> with null.</summary>
public sealed record StopAnsweringJoinRequests(IActorRef Answerer) : NetfluxRequest;

/// <summary>
/// Accepts: this process joins the network, through the peer that invited it, or through the network's server where that is not connected or remembers the members. Reply:
/// <see cref="NetworkJoined"/>. Where the join fails, a request that was kept (<see cref="JoinRequest.SentAt"/>) stays open.
/// </summary>
public sealed record AcceptJoinRequest(JoinRequestId Id) : NetfluxRequest
{
    /// <summary>Hears the network's events from the first on.</summary>
    public IActorRef? Subscriber { get; init; }
    /// <summary>The window of <see cref="Subscriber"/>, as in <see cref="Subscribe"/>.</summary>
    public int? Window { get; init; }
}

/// <summary>Declines, with a text for the one who invited. Reply: <see cref="JoinRequestClosed"/>.</summary>
public sealed record DeclineJoinRequest(JoinRequestId Id, string Why) : NetfluxRequest;

// ---- Replies ----

/// <summary>How an invitation was answered.</summary>
public abstract record JoinRequestAnswer(PeerId Peer, NetworkId Network) : INetfluxMessage;

/// <summary>The peer accepted, and is joining.</summary>
public sealed record JoinRequestAccepted(PeerId Peer, NetworkId Network) : JoinRequestAnswer(Peer, Network);

/// <summary>The peer will not join.</summary>
public sealed record JoinRequestDeclined(PeerId Peer, NetworkId Network, JoinRequestDeclinedReason Reason, string Why) : JoinRequestAnswer(Peer, Network);

/// <summary>The peer is not connected: a tracking server keeps the join request, sealed for it, until it comes and answers, or until the time given. What it answers is not told; it is seen in the network.</summary>
/// <param name="Peer">Who is invited.</param>
/// <param name="Network">Into which network.</param>
/// <param name="Id">For <see cref="WithdrawJoinRequest"/>.</param>
/// <param name="Through">The network whose server keeps it.</param>
/// <param name="Until">When it ends.</param>
public sealed record JoinRequestKept(PeerId Peer, NetworkId Network, InvitationId Id, NetworkId Through, DateTimeOffset Until) : JoinRequestAnswer(Peer, Network);

/// <summary>The join request is kept no more.</summary>
public sealed record JoinRequestWithdrawn(NetworkId Through, InvitationId Id) : INetfluxMessage;

/// <summary>Why an invitation did not lead to a join.</summary>
public enum JoinRequestDeclinedReason
{
    /// <summary>The peer said no; its text says why.</summary>
    Declined = 1,
    /// <summary>Nobody answers join requests in the peer's process.</summary>
    NobodyAnswering = 2,
    /// <summary>The peer did not answer in time.</summary>
    TimedOut = 3,
    /// <summary>The peer is a member already.</summary>
    AlreadyMember = 4,
    /// <summary>The connection to the peer ended first.</summary>
    ConnectionLost = 5,
    /// <summary>Too many of its join requests are open.</summary>
    TooMany = 6,
}

/// <summary>Who answers join requests now.</summary>
public sealed record AnsweringJoinRequests(IActorRef? Answerer) : INetfluxMessage;

/// <summary>The join request is answered; a second answer is refused with <see cref="NetfluxError.UnknownRequest"/>.</summary>
public sealed record JoinRequestClosed(JoinRequestId Id) : INetfluxMessage;

// ---- Events ----

/// <summary>What an invitation says of the network.</summary>
/// <param name="Network">Its id.</param>
/// <param name="Name">Its name where it has one, unproven.</param>
/// <param name="Topology">What its genesis says.</param>
public sealed record Invitation(NetworkId Network, string? Name, Topology Topology);

/// <summary>A peer invites this process; answer with <see cref="AcceptJoinRequest"/> or <see cref="DeclineJoinRequest"/>.</summary>
public sealed record JoinRequest(JoinRequestId Id, Peer From, Invitation Invitation) : INetfluxMessage
{
    /// <summary>
    /// When it was sent, by its sender's clock, where a server has kept it since: the sender may not be connected. Such a request stays until it is answered or its time is over: it is told to each
    /// new answerer, and again when this process has been started again.
    /// </summary>
    public DateTimeOffset? SentAt { get; init; }
}
