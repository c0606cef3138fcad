using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Sessions;
using Netflux.Wire;

namespace Netflux.Actors;

// The conversation between a network's actor and the actors of its neighbours. What is for a peer whose actor the sender does not know goes through the facade.

/// <summary>Hands a message to the peer's actor, which is made if there is none; said to the facade.</summary>
internal sealed record ForPeer(PeerId Peer, object Message) : INetfluxMessage;

/// <summary>Hands a message to the network's actor, or refuses the attachment where there is none; said to the facade by a peer's actor.</summary>
internal sealed record ForNetwork(NetworkId Network, PeerId Peer, object Message) : INetfluxMessage;

// ---- To the peer's actor ----

/// <summary>Whatever the facade passes to a peer's actor. Both count these, so that an idle actor is let go only when nothing is on its way to it.</summary>
internal sealed record Routed(object Message) : INetfluxMessage;

/// <summary>Attach the network to the session, or accept its attachment; the sender is the network's actor. A search for a link begins where there is none.</summary>
internal sealed record AttachTo(IActorRef Owner, AttachNetwork Attach) : INetfluxMessage;

internal sealed record RefuseTo(NetworkId Network, NetfluxError Why) : INetfluxMessage;

internal sealed record DetachFrom(NetworkId Network, PeerLeavingReason Reason) : INetfluxMessage;

/// <summary>One frame for the network's channel; dropped unless the channel is still the one of this generation.</summary>
internal sealed record SendOnChannel(NetworkId Network, int Generation, FrameKind Kind, FrameFlags Flags, ReadOnlyMemory<byte> Body) : INetfluxMessage
{
    /// <summary>Where it is not 0, the sender hears <see cref="RelayedFrameTaken"/> once the frame's memory is free.</summary>
    public ulong Ticket { get; init; }
}

internal sealed record ConsumeOnChannel(NetworkId Network, int Generation, ulong UpTo) : INetfluxMessage;

/// <summary>The peer said where it listens.</summary>
internal sealed record LearnAddresses(IReadOnlyList<string> Addresses) : INetfluxMessage;

/// <summary>The owner can pass an introduction to the peer on.</summary>
internal sealed record OfferIntroducer(IntroducerId Id, IActorRef Owner) : INetfluxMessage;

internal sealed record WithdrawIntroducer(IntroducerId Id) : INetfluxMessage;

/// <summary>The members of the network that may carry a relayed link to the peer, best first.</summary>
internal sealed record OfferCarriers(NetworkId Network, IReadOnlyList<PeerId> Carriers) : INetfluxMessage;

/// <summary>An introduction from the peer was opened and found good; the owner passes the answer on.</summary>
internal sealed record TakeIntroductionFrom(Introduction Introduction, IntroducerId Through, IActorRef Owner) : INetfluxMessage;

internal sealed record IntroducerFailed(IntroducerId Id) : INetfluxMessage;

/// <summary>The peers of a meeting point stay connected without a network.</summary>
internal sealed record KeepConnected(IActorRef? Subscriber, int? Window) : INetfluxMessage;

internal sealed record OfferInvitationTo(ulong Id, ReadOnlyMemory<byte> Invitation) : INetfluxMessage;

internal sealed record AnswerInvitationOf(ulong Id, JoinRequestDeclinedReason? Reason, string Why) : INetfluxMessage;

/// <summary>End the session in order, within a bound, and stop.</summary>
internal sealed record EndPeer(PeerLeavingReason Reason) : INetfluxMessage;

/// <summary>Nobody refers to the peer's actor any more: it stops.</summary>
internal sealed record PeerReleased : INetfluxMessage;

// ---- To the network's actor: with the id under which it attached, its own or that of another epoch ----

internal sealed record PeerAttachAsked(NetworkId Network, PeerId Peer, IActorRef Ref, ReadOnlyMemory<byte> Member) : INetfluxMessage;

internal sealed record PeerChannelOpened(NetworkId Network, PeerId Peer, IActorRef Ref, int Generation, ReadOnlyMemory<byte> Member, long WindowCost, LinkPath Path) : INetfluxMessage;

internal sealed record PeerChannelRefused(NetworkId Network, PeerId Peer, NetfluxError Why) : INetfluxMessage;

internal sealed record PeerChannelClosed(NetworkId Network, PeerId Peer, int Generation, PeerLeavingReason Reason) : INetfluxMessage;

internal sealed record PeerChannelCredit(NetworkId Network, PeerId Peer, int Generation, ulong MessagesConsumed, long CostConsumed) : INetfluxMessage;

internal sealed record PeerChannelFrames(NetworkId Network, PeerId Peer, int Generation, List<ReceivedFrame> Frames) : INetfluxMessage;

internal sealed record PeerPathChanged(PeerId Peer, LinkPath Path) : INetfluxMessage;

internal sealed record PeerSilent(PeerId Peer) : INetfluxMessage;

internal sealed record PeerHeardAgain(PeerId Peer) : INetfluxMessage;

/// <summary>Every way to the peer has failed for now.</summary>
internal sealed record PeerNotReached(PeerId Peer, NetfluxError Why, string Text) : INetfluxMessage;

/// <summary>Pass an introduction of this process on to the peer.</summary>
internal sealed record IntroduceTo(PeerId To, IntroducerId Through, bool AnswerWanted, bool PleaseDial, ConnectionSignal? Signal) : INetfluxMessage;

/// <summary>Open a relayed link to the peer; <see cref="LinkNotProven"/> with the way as token where it fails.</summary>
internal sealed record OpenRelayTo(PeerId To, RelayWay Way) : INetfluxMessage;

// ---- To the facade ----

internal sealed record PeerSessionBegan(PeerId Peer, string DisplayName, PeerCard Card, Incarnation Incarnation) : INetfluxMessage;

internal sealed record PeerSessionEnded(PeerId Peer, PeerLeavingReason Reason) : INetfluxMessage;

/// <summary>Nothing keeps the peer's actor: the facade forgets it and answers <see cref="PeerReleased"/>.</summary>
/// <param name="RoutedSeen">How many <see cref="Routed"/> messages it has seen; the facade lets it go only if it sent no more.</param>
internal sealed record PeerIdle(PeerId Peer, long RoutedSeen) : INetfluxMessage;

internal sealed record PeerUnreachable(PeerId Peer, NetfluxError Why, string Text) : INetfluxMessage;

internal sealed record InvitationArrived(PeerId From, ulong Id, ReadOnlyMemory<byte> Invitation) : INetfluxMessage;

internal sealed record InvitationAnswer(PeerId From, ulong Id, JoinRequestDeclinedReason? Reason, string Why) : INetfluxMessage;

/// <summary>Another process runs a newer incarnation of our identity.</summary>
internal sealed record SelfIsReplaced(Incarnation Newer) : INetfluxMessage;
