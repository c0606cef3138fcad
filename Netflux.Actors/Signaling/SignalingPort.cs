using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Signaling;

/// <summary>Makes the actor that keeps one connection to one signaling server. It reconnects, registers again and renews its leases by itself.</summary>
internal interface ISignalingProvider
{
    /// <param name="server">ws(s)://host[:port]</param>
    Props SignalingProps(Uri server, IPeerKeys keys, Func<Incarnation> incarnation, string displayName);
}

// ---- Commands: every one is answered to its sender; the token comes back ----

internal enum DoorMode
{
    Join,
    Create,
    JoinOrCreate,
}

/// <summary>Registers this peer at a network's door, again after every reconnection, until <see cref="CloseDoor"/>. Answer: <see cref="DoorOpened"/> or <see cref="SignalingFailed"/>.</summary>
/// <param name="Door">A name, or a NetworkId as text.</param>
/// <param name="Genesis">The record, with which to create.</param>
/// <param name="Owner">Hears <see cref="IntroductionArrived"/> and <see cref="DoorReopened"/> of this network.</param>
internal sealed record OpenDoor(object Token, string Door, ReadOnlyMemory<byte> Genesis, DoorMode Mode, bool Track, IActorRef Owner) : INetfluxMessage
{
    /// <summary>Shown to the server, which redeems it.</summary>
    public Ticket? Ticket { get; init; }
}

internal sealed record CloseDoor(NetworkId Network) : INetfluxMessage;

/// <summary>Has the server remember this peer as a member of a tracked network. Answer: <see cref="MemberTracked"/> once it is stored, or <see cref="SignalingFailed"/>.</summary>
internal sealed record TrackMember(object Token, NetworkId Network, ReadOnlyMemory<byte> Record) : INetfluxMessage;

/// <summary>Has the server forget a member: this peer, or another where this one may. Answer: <see cref="MemberTracked"/> once that is stored, or <see cref="SignalingFailed"/>.</summary>
/// <param name="Record">The signed <see cref="Removal"/>.</param>
internal sealed record UntrackMember(object Token, NetworkId Network, PeerId Member, ReadOnlyMemory<byte> Record) : INetfluxMessage;

/// <summary>Who are the members of a tracked network, online or not? Answer: <see cref="TrackedListed"/> or <see cref="SignalingFailed"/>.</summary>
/// <param name="Only">The one member that is wanted.</param>
internal sealed record ListTracked(object Token, NetworkId Network, PeerId? Only = null) : INetfluxMessage;

/// <summary>Has the server keep an invitation for another member of a tracked network, until that comes. Answer: <see cref="MemberTracked"/> once it is stored, or <see cref="SignalingFailed"/>.</summary>
internal sealed record LeaveInvitation(object Token, NetworkId Network, InvitationId Id, PeerId To, DateTimeOffset Until, ReadOnlyMemory<byte> Sealed) : INetfluxMessage;

/// <summary>Has the server forget an invitation of this peer, or for it. Answer: <see cref="MemberTracked"/> once that is stored, or <see cref="SignalingFailed"/>.</summary>
internal sealed record RemoveInvitation(object Token, NetworkId Network, InvitationId Id) : INetfluxMessage;

/// <summary>Asks for what waits for this peer at a door. The door's owner hears <see cref="InvitationCollected"/> of each; it also does of those that come later.</summary>
internal sealed record CollectInvitations(NetworkId Network) : INetfluxMessage;

/// <summary>Asks, at a door that was opened, to be let in. Answer: <see cref="MemberTracked"/> once it waits, or <see cref="SignalingFailed"/>; or the door's owner hears <see cref="ApprovalAnswered"/>, as it does whenever a member decides.</summary>
internal sealed record AskForApproval(object Token, NetworkId Network, ReadOnlyMemory<byte> Record) : INetfluxMessage;

/// <summary>Takes that back. Answer: <see cref="MemberTracked"/> once that is stored, or <see cref="SignalingFailed"/>.</summary>
internal sealed record WithdrawAskedApproval(object Token, NetworkId Network) : INetfluxMessage;

/// <summary>Who wishes to be let in? Answer: <see cref="ApprovalsListed"/> or <see cref="SignalingFailed"/>. The door's owner hears <see cref="ApprovalArrived"/> of those that come later.</summary>
internal sealed record ListApprovals(object Token, NetworkId Network) : INetfluxMessage;

/// <summary>Accepts with an admission by this peer, or declines without one. Answer: <see cref="MemberTracked"/> once it is stored, or <see cref="SignalingFailed"/>.</summary>
internal sealed record SettleApproval(object Token, NetworkId Network, PeerId Peer, ReadOnlyMemory<byte> Admission, string Why) : INetfluxMessage;

/// <summary>Who is online now? Answer: <see cref="MembersOnline"/> or <see cref="SignalingFailed"/>.</summary>
internal sealed record ListMembers(object Token, NetworkId Network) : INetfluxMessage;

/// <summary>Waits at a meeting point. Answer: <see cref="PeerMet"/> or <see cref="SignalingFailed"/>. Introductions of the other go to <paramref name="Owner"/> with the room <c>meet/KEY</c>.</summary>
internal sealed record WaitAtMeetingPoint(object Token, string Key, IActorRef Owner) : INetfluxMessage;

/// <summary>No longer waits, or is done with the one met.</summary>
internal sealed record LeaveMeetingPoint(string Key) : INetfluxMessage;

/// <summary>Passes an introduction on. Answered only by <see cref="IntroductionFailed"/>, where the other is not there.</summary>
/// <param name="Room">The NetworkId as text, or <c>meet/KEY</c>.</param>
internal sealed record SendIntroduction(PeerId To, string Room, ReadOnlyMemory<byte> Sealed) : INetfluxMessage;

/// <summary>Which networks does the server remember and show? Answer: <see cref="NetworksListed"/> or <see cref="SignalingFailed"/>.</summary>
internal sealed record ListNetworks(object Token) : INetfluxMessage;

// ---- Answers and events ----

/// <summary>A member that a server says is online.</summary>
internal sealed record MemberOnline(PeerCard Card, Incarnation Incarnation, string DisplayName);

/// <param name="Tracked">The server remembers the network: who is let in asks to be remembered, too.</param>
internal sealed record DoorOpened(object Token, Genesis Genesis, IReadOnlyList<MemberOnline> Members, bool Created, string? Name, bool Tracked) : INetfluxMessage
{
    /// <summary>Null where nothing is remembered, or the server does not sign what it is.</summary>
    public ShownRoot? Root { get; init; }

    /// <summary>What the server gave for the ticket, or by a member's decision; empty for nothing.</summary>
    public ReadOnlyMemory<byte> Admission { get; init; }
}

/// <summary>The members of a tracked network have changed; told to the door's owner.</summary>
internal sealed record RootShown(NetworkId Network, ShownRoot Root) : INetfluxMessage;

/// <summary>The change of a member, or of an invitation, is stored.</summary>
internal sealed record MemberTracked(object Token, NetworkId Network) : INetfluxMessage;

/// <summary>A member that a server remembers: the record as it was signed, and the times by the server's clock.</summary>
internal sealed record TrackedEntry(ReadOnlyMemory<byte> Record, DateTimeOffset Since, DateTimeOffset Seen, DateTimeOffset? OnlineSince);

internal sealed record TrackedListed(object Token, NetworkId Network, IReadOnlyList<TrackedEntry> Members) : INetfluxMessage
{
    /// <summary>The signed records of those that were removed, where all were asked for.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Removals { get; init; } = [];

    /// <summary>The last that was shown with it; null where the server signs none.</summary>
    public ShownRoot? Root { get; init; }

    /// <summary>Whether these are all members and removals of the <see cref="Root"/>: nothing changed while they were read.</summary>
    public bool IsWhole { get; init; }
}

/// <summary>The connection came back and the door was registered again; these are online. The network may heal through them.</summary>
internal sealed record DoorReopened(NetworkId Network, IReadOnlyList<MemberOnline> Members) : INetfluxMessage
{
    /// <inheritdoc cref="DoorOpened.Root"/>
    public ShownRoot? Root { get; init; }
}

internal sealed record MembersOnline(object Token, NetworkId Network, IReadOnlyList<MemberOnline> Members) : INetfluxMessage;

/// <param name="First">Whether this peer waited first; the second sends the first introduction.</param>
internal sealed record PeerMet(object Token, string Key, MemberOnline Other, bool First) : INetfluxMessage;

internal sealed record IntroductionArrived(PeerId From, string Room, ReadOnlyMemory<byte> Sealed) : INetfluxMessage;

/// <summary>An invitation waited for this peer. It waits on until it is removed, and so can come more than once. All of it is the server's word.</summary>
internal sealed record InvitationCollected(NetworkId Network, InvitationId Id, PeerId From, ReadOnlyMemory<byte> Sealed) : INetfluxMessage;

internal sealed record ApprovalsListed(object Token, NetworkId Network, IReadOnlyList<ReadOnlyMemory<byte>> Records) : INetfluxMessage;

/// <summary>Another peer wishes to join.</summary>
internal sealed record ApprovalArrived(NetworkId Network, ReadOnlyMemory<byte> Record) : INetfluxMessage;

/// <summary>A member decided on the wish of this peer. Without an admission it is declined, by the server's word.</summary>
internal sealed record ApprovalAnswered(NetworkId Network, ReadOnlyMemory<byte> Admission, string Why) : INetfluxMessage;

internal sealed record IntroductionFailed(PeerId To, string Room, NetfluxError Why) : INetfluxMessage;

internal sealed record NetworksListed(object Token, IReadOnlyList<TrackedNetwork> Networks) : INetfluxMessage;

internal sealed record SignalingFailed(object Token, NetfluxError Error, string Why) : INetfluxMessage;

/// <summary>
/// The server keeps another network under this network's name, registered while this peer was away (a server that restarted knows only who came first).
/// Told to the owner; the network goes on and stays registered by its id.
/// </summary>
internal sealed record DoorConflict(NetworkId Network, string Name, string Why) : INetfluxMessage;

/// <summary>
/// The server has seen a newer incarnation of this identity; told to the actor's parent. Where it is <paramref name="Online"/>, it has taken this one's place and
/// the actor stays away from then on; otherwise the actor connects again, with the incarnation that its function then gives.
/// </summary>
internal sealed record NewerIncarnationSeen(Incarnation Seen, bool Online) : INetfluxMessage;
