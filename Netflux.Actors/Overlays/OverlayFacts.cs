using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays;

internal abstract record OverlayFact
{
    /// <summary>Of facts about channels: in which epoch of the network, from 0. Only a network that grows has a second; a peer may have a channel in each.</summary>
    public int NetworkEpoch { get; init; }
}

/// <summary>A member of which others told us outside the overlay, before there is a record of its own: a door's list, an introduction, an invitation.</summary>
internal sealed record HeardMember(PeerCard Card, Incarnation Incarnation, string DisplayName);

/// <summary>This member comes up, knowing these others. Where it knows nobody, it is the network's first and ready at once.</summary>
internal sealed record OverlayStarted(MemberRecord Self, IReadOnlyList<HeardMember> Known) : OverlayFact;

/// <summary>Somebody heard of this member later: a door was registered again, or an introduction of an admitted peer arrived.</summary>
internal sealed record MemberHeard(HeardMember Member) : OverlayFact;

/// <summary>Our own record changed, such as its addresses.</summary>
internal sealed record SelfChanged(MemberRecord Self) : OverlayFact;

/// <summary>A peer asks to attach; answered by <see cref="AdmitNeighbour"/> or <see cref="RefuseNeighbour"/>.</summary>
internal sealed record NeighbourAsks(MemberRecord Member) : OverlayFact;

/// <summary>Messages flow between us and this member.</summary>
internal sealed record NeighbourUp(MemberRecord Member, LinkPath Path) : OverlayFact;

/// <summary>How the neighbour is reached now: directly or through another member.</summary>
internal sealed record NeighbourPathChanged(PeerId Member, LinkPath Path) : OverlayFact;

internal sealed record NeighbourSuspected(PeerId Member) : OverlayFact;

internal sealed record NeighbourRecovered(PeerId Member) : OverlayFact;

/// <summary>Nothing flows any more, and why. Not said after a <see cref="DropNeighbour"/>: that one ends the attachment at once, as far as the overlay goes.</summary>
internal sealed record NeighbourDown(PeerId Member, PeerLeavingReason Reason) : OverlayFact;

/// <summary>No link to the member could be made, or it refused us. It ends the attempt; the overlay says <see cref="ConnectNeighbour"/> again when it wants another.</summary>
internal sealed record ConnectFailed(PeerId Member, NetfluxError Why) : OverlayFact;

/// <summary>A <see cref="Wire.FrameKind.Control"/> frame. The wall clock is for the expiry of admissions.</summary>
internal sealed record ControlReceived(PeerId From, ReadOnlyMemory<byte> Body, DateTimeOffset WallClock) : OverlayFact;

/// <summary>A message of a user waited for this neighbour longer than the topology allows.</summary>
internal sealed record NeighbourTooSlow(PeerId Member) : OverlayFact;

/// <summary>A broadcast that a neighbour passed on: the body of a <see cref="Wire.FrameKind.Message"/> in a topology whose members forward.</summary>
internal sealed record BroadcastReceived(PeerId From, ReadOnlyMemory<byte> Body) : OverlayFact;

/// <summary>Tell everybody these messages of users: a <see cref="Wire.BroadcastBatch"/> with room for its signature.</summary>
internal sealed record BroadcastWanted(byte[] Batch) : OverlayFact;

/// <summary>The neighbour takes no more for now: it is told the names of broadcasts only, until <see cref="NeighbourRelieved"/>.</summary>
internal sealed record NeighbourCongested(PeerId Member) : OverlayFact;

internal sealed record NeighbourRelieved(PeerId Member) : OverlayFact;

/// <summary>A message is to go to this member, to whom no way is known.</summary>
internal sealed record WayWanted(PeerId Member) : OverlayFact;

/// <summary>Said at the hub of a star: something of this member is about to be passed on, so that others have to know the member first.</summary>
internal sealed record MemberSpoke(PeerId Member) : OverlayFact;

/// <summary>All that users sent in the epoch before was consumed, or the time for it is over: nothing more is sent in it.</summary>
internal sealed record SendsSettled : OverlayFact;

/// <summary>This side goes: <see cref="PeerLeavingReason.Left"/> or <see cref="PeerLeavingReason.WentOffline"/>.</summary>
internal sealed record LeaveRequested(PeerLeavingReason Reason) : OverlayFact;

internal enum LinkPath
{
    Direct,
    Relayed,
}
