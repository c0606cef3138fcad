using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays;

internal abstract record OverlayInstruction;

/// <summary>Have a session with this member and attach to it; <see cref="NeighbourUp"/> or <see cref="ConnectFailed"/> answers. Its addresses and the common members are known to the search for links.</summary>
internal sealed record ConnectNeighbour(MemberRecord Member) : OverlayInstruction;

/// <summary>Detach from it.</summary>
internal sealed record DropNeighbour(PeerId Member, PeerLeavingReason Reason) : OverlayInstruction;

internal sealed record AdmitNeighbour(PeerId Member) : OverlayInstruction;

internal sealed record RefuseNeighbour(PeerId Member, NetfluxError Why) : OverlayInstruction;

internal sealed record SendControl(PeerId To, ReadOnlyMemory<byte> Body) : OverlayInstruction;

/// <summary>The member is one for users from now on.</summary>
internal sealed record AnnounceJoining(MemberRecord Member) : OverlayInstruction;

internal sealed record AnnounceSuspected(PeerId Member) : OverlayInstruction;

internal sealed record AnnounceRecovered(PeerId Member) : OverlayInstruction;

internal sealed record AnnounceLeaving(PeerId Member, PeerLeavingReason Reason) : OverlayInstruction;

/// <summary>The join is complete: every member that was known first is up or given up for now. Said once.</summary>
internal sealed record AnnounceReady : OverlayInstruction;

/// <summary>The join cannot succeed.</summary>
internal sealed record JoinFailed(NetfluxError Why) : OverlayInstruction;

/// <summary>An introduction for this peer, sealed by its author, came through the overlay.</summary>
internal sealed record TakeIntroduction(PeerId From, ReadOnlyMemory<byte> Sealed) : OverlayInstruction;

/// <summary>Everybody was told; the network can stop.</summary>
internal sealed record AnnounceLeft : OverlayInstruction;
