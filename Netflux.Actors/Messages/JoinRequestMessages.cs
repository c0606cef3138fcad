using Akka.Actor;
using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>Names one join request that came in.</summary>
public readonly record struct JoinRequestId(long Value);

// ---- Commands ----

/// <summary>Invites a connected peer into a network of which this process is a member. Told to the facade, or to the peer's own actor. Reply: a <see cref="JoinRequestAnswer"/>.</summary>
public sealed record SendJoinRequest(PeerId Peer, NetworkId Network) : NetfluxRequest;

/// <summary>Makes one actor the answerer of join requests: it hears <see cref="JoinRequest"/>. There is one at a time, until it stops or says <see cref="StopAnsweringJoinRequests"/>. Reply: <see cref="AnsweringJoinRequests"/>.</summary>
public sealed record AnswerJoinRequests(IActorRef Answerer) : NetfluxRequest;

/// <summary>Makes the answerer stop being it. Reply: <see cref="AnsweringJoinRequests"/> with null.</summary>
public sealed record StopAnsweringJoinRequests(IActorRef Answerer) : NetfluxRequest;

/// <summary>Accepts: this process joins the network through the peer that invited it. Reply: <see cref="NetworkJoined"/>.</summary>
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
public sealed record JoinRequest(JoinRequestId Id, Peer From, Invitation Invitation) : INetfluxMessage;
