using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays;

internal abstract record OverlayFact;

/// <summary>This member comes up, knowing these others (from a door, an invitation, an introduction); none where it created the network.</summary>
internal sealed record OverlayStarted(MemberRecord Self) : OverlayFact;

/// <summary>Somebody heard of this member outside the overlay: through a server's introduction or an invitation.</summary>
internal sealed record MemberHeard(MemberRecord Member) : OverlayFact;

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

/// <summary>Nothing flows any more, and why.</summary>
internal sealed record NeighbourDown(PeerId Member, PeerLeavingReason Reason) : OverlayFact;

/// <summary>No link to the member could be made, or it refused us.</summary>
internal sealed record ConnectFailed(PeerId Member, NetfluxError Why) : OverlayFact;

/// <summary>A <see cref="Wire.FrameKind.Control"/> frame.</summary>
internal sealed record ControlReceived(PeerId From, ReadOnlyMemory<byte> Body) : OverlayFact;

/// <summary>A message of a user waited for this neighbour longer than the topology allows.</summary>
internal sealed record NeighbourTooSlow(PeerId Member) : OverlayFact;

/// <summary>This side goes: <see cref="PeerLeavingReason.Left"/> or <see cref="PeerLeavingReason.WentOffline"/>.</summary>
internal sealed record LeaveRequested(PeerLeavingReason Reason) : OverlayFact;

internal enum LinkPath
{
    Direct,
    Relayed,
}
