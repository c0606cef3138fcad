using Akka.Actor;
using Netflux.Identity;

namespace Netflux.Messages;

// ---- Commands: to the network's own actor, or to the facade with Network set; to a peer's own actor without a network ----

/// <summary>
/// Sends to one member; told to a peer's own actor, to that peer outside any network. Reply where there is a sender: <see cref="MessageSent"/> once
/// accepted, or a failure. A sender that opened a send window hears <see cref="SendWindowOpened"/> instead.
/// </summary>
/// <param name="To">The receiver.</param>
/// <param name="Payload">The bytes; they belong to the message and must not change afterwards.</param>
public sealed record SendMessage(PeerId To, ReadOnlyMemory<byte> Payload) : NetfluxRequest
{
    /// <summary>Which network, where the facade is told; null is a peer outside any network.</summary>
    public NetworkId? Network { get; init; }
    /// <summary>Whether the sender also hears <see cref="MessageDelivered"/> or <see cref="MessagesUndelivered"/>.</summary>
    public bool Confirm { get; init; }
}

/// <summary>Sends to all members. Reply as with <see cref="SendMessage"/>.</summary>
public sealed record BroadcastMessage(ReadOnlyMemory<byte> Payload) : NetfluxRequest
{
    /// <summary>Which network, where the facade is told.</summary>
    public NetworkId? Network { get; init; }
    /// <summary>Whether the sender also hears <see cref="MessageDelivered"/>, once for all members.</summary>
    public bool Confirm { get; init; }
}

/// <summary>Opens a send window for one actor: it may then Tell messages without waiting, within what <see cref="SendWindowOpened"/> says. First reply: <see cref="SendWindowOpened"/>.</summary>
public sealed record OpenSendWindow : NetfluxRequest;

/// <summary>
/// Hears the events and messages of a network (told to its actor, or to the facade with <see cref="Network"/>), or of a peer outside any network (told to its actor).
/// Reply: <see cref="Subscribed"/>.
/// </summary>
/// <param name="Subscriber">Who hears.</param>
/// <param name="Window">At most this many messages unconfirmed by <see cref="MessagesConsumed"/>; null counts a message as consumed once it was told, so nothing holds a fast sender back but the subscriber's mailbox.</param>
public sealed record Subscribe(IActorRef Subscriber, int? Window = null) : NetfluxRequest
{
    /// <summary>Which network, where the facade is told.</summary>
    public NetworkId? Network { get; init; }
}

/// <summary>Ends a subscription. Reply: <see cref="SubscriptionEnded"/>.</summary>
public sealed record Unsubscribe(IActorRef Subscriber) : NetfluxRequest
{
    /// <summary>Which network, where the facade is told.</summary>
    public NetworkId? Network { get; init; }
}

/// <summary>The subscriber is done with its messages up to this <see cref="MessageReceived.Number"/>; said to the actor that sent them.</summary>
public sealed record MessagesConsumed(IActorRef Subscriber, long UpTo) : INetfluxMessage;

/// <summary>Asks for the members. Reply: <see cref="MemberList"/>.</summary>
public sealed record GetMembers : NetfluxRequest
{
    /// <summary>Which network, where the facade is told.</summary>
    public NetworkId? Network { get; init; }
}

// ---- Replies ----

/// <summary>Numbers the messages that this process sends in one network, sends and broadcasts together, from 1.</summary>
public readonly record struct MessageId(long Value)
{
    /// <inheritdoc />
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Accepted by this process, in order. It will arrive, or be told as undelivered.</summary>
public sealed record MessageSent(MessageId Id) : INetfluxMessage;

/// <summary>The receiver's subscribers have the message; of a broadcast, those of every member that was one when it was accepted and has not left.</summary>
public sealed record MessageDelivered(MessageId Id) : INetfluxMessage;

/// <summary>Of the messages with these numbers, those that went to the peer may not have reached its subscribers. Told to subscribers before the <see cref="PeerLeaving"/> that explains it.</summary>
public sealed record MessagesUndelivered(PeerId Peer, NetworkId? Network, MessageId First, MessageId Last) : INetfluxMessage;

/// <summary>
/// How far a send window is open. Its holder may tell the next message while what its payloads have cost since the window opened (<see cref="CostOf"/>), refused ones
/// too, is below <see cref="UpTo"/>: the last message may reach beyond it. One told when that is no longer so fails with <see cref="NetfluxError.SendWindowExceeded"/>.
/// </summary>
/// <param name="Network">Which network; null at a peer's actor.</param>
/// <param name="UpTo">Cumulative cost at which the window is shut.</param>
/// <param name="Accepted">How many messages of this sender were accepted so far.</param>
public sealed record SendWindowOpened(NetworkId? Network, long UpTo, long Accepted) : INetfluxMessage
{
    /// <summary>What a payload costs of a send window: its length and 64 bytes for handling it.</summary>
    public static long CostOf(int payloadBytes) => payloadBytes + 64L;
}

/// <summary>The subscription has begun. Those listed are not announced again.</summary>
public sealed record Subscribed(NetworkId? Network, IReadOnlyList<Peer> Members) : INetfluxMessage;

/// <summary>The members that are connected.</summary>
/// <param name="Members">Without this process; in a gossip network at most as many as its <c>exactMembers</c> say.</param>
public sealed record MemberList(IReadOnlyList<Peer> Members) : INetfluxMessage
{
    /// <summary>How many members there are, this process among them. Where not all are in <see cref="Members"/> it is an estimate; docs/TOPOLOGY.md says how good a one.</summary>
    public int Count { get; init; } = Members.Count + 1;
}

// ---- Events, in order per subscriber and network ----

/// <summary>The peer is a member from now on; a send to it is accepted.</summary>
public sealed record PeerJoining(Peer Peer, Network Network) : INetfluxMessage;

/// <summary>Nothing was heard of the peer for a while; <see cref="PeerRecovered"/> or <see cref="PeerLeaving"/> follows.</summary>
public sealed record PeerSuspected(Peer Peer, Network Network) : INetfluxMessage;

/// <summary>The suspected peer is heard again, and nothing was lost.</summary>
public sealed record PeerRecovered(Peer Peer, Network Network) : INetfluxMessage;

/// <summary>The peer is not a member any more, or is offline; nothing comes from it after this.</summary>
public sealed record PeerLeaving(Peer Peer, Network Network, PeerLeavingReason Reason) : INetfluxMessage;

/// <summary>
/// The hub that the topology of a star fixes is away, and nobody takes its place: what is sent waits until it is back, <see cref="HubReturned"/>. The other members, of whom nothing is heard
/// without it, are suspected meanwhile.
/// </summary>
public sealed record HubAwaited(Peer Hub, Network Network) : INetfluxMessage;

/// <summary>The hub that was waited for is back, and has taken this member: what waited goes on.</summary>
public sealed record HubReturned(Peer Hub, Network Network) : INetfluxMessage;

/// <summary>
/// The network has become what the field <c>grow</c> of its topology says, once and for good: what is sent from now on goes that way. What users can count on is from now on that of the new kind;
/// of members that join a network which has grown long ago, each hears this soon after it has joined.
/// </summary>
public sealed record NetworkGrown(Network Network) : INetfluxMessage;

/// <summary>A message from a member.</summary>
/// <param name="Network">Which network; its <see cref="Messages.Network.Ref"/> takes the answer.</param>
/// <param name="From">The proven author.</param>
/// <param name="Payload">The bytes; they belong to the message.</param>
/// <param name="Delivery">Whether it came to this peer alone or to all.</param>
/// <param name="Number">Counts the messages of this subscription, for <see cref="MessagesConsumed"/>.</param>
public sealed record MessageReceived(Network Network, Peer From, ReadOnlyMemory<byte> Payload, Delivery Delivery, long Number) : INetfluxMessage;

/// <summary>
/// These batches of a member's broadcasts could not be had: they were lost with those who had them, or this member took too little for too long. Only in a gossip network; what comes from the
/// member after this was sent after them.
/// </summary>
/// <param name="From">The author.</param>
/// <param name="Network">Which network.</param>
/// <param name="First">The first that is missed; an author numbers from 1 what it broadcast at once.</param>
/// <param name="Last">The last.</param>
public sealed record MessagesMissed(Peer From, Network Network, ulong First, ulong Last) : INetfluxMessage;

/// <summary>A message from a connected peer outside any network.</summary>
public sealed record PeerMessageReceived(Peer From, ReadOnlyMemory<byte> Payload, long Number) : INetfluxMessage;

/// <summary>Why a subscription ended.</summary>
public enum SubscriptionEndedReason
{
    /// <summary>It was asked for.</summary>
    Unsubscribed,
    /// <summary>The subscriber confirmed nothing for the time that the options state.</summary>
    TooSlow,
}

/// <summary>Nothing comes through this subscription any more. Reply to <see cref="Unsubscribe"/>, and an event where the subscriber was too slow.</summary>
public sealed record SubscriptionEnded(NetworkId? Network, SubscriptionEndedReason Reason) : INetfluxMessage;
