using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays;

internal abstract record OverlayInstruction
{
    /// <summary>Of instructions about channels: see <see cref="OverlayFact.NetworkEpoch"/>.</summary>
    public int NetworkEpoch { get; init; }
}

/// <summary>
/// Have a session with this member and attach to it; <see cref="NeighbourUp"/> or <see cref="ConnectFailed"/> answers. The record is null where only the card was heard;
/// its addresses and <see cref="IOverlay.Carriers"/> are for the search for links. Said again for an attempt that is still under way, it changes nothing.
/// </summary>
internal sealed record ConnectNeighbour(PeerCard Card, MemberRecord? Record) : OverlayInstruction;

/// <summary>Detach from it, or stop the attempt to connect.</summary>
internal sealed record DropNeighbour(PeerId Member, PeerLeavingReason Reason) : OverlayInstruction;

/// <summary>Attach to the asker; <see cref="NeighbourUp"/> or <see cref="ConnectFailed"/> answers.</summary>
internal sealed record AdmitNeighbour(PeerId Member) : OverlayInstruction;

internal sealed record RefuseNeighbour(PeerId Member, NetfluxError Why) : OverlayInstruction;

internal sealed record SendControl(PeerId To, ReadOnlyMemory<byte> Body) : OverlayInstruction;

// ---- Of topologies whose members forward broadcasts ----

/// <summary>Pass a broadcast on. <paramref name="Own"/> is its number where it is ours; else 0.</summary>
internal sealed record SendBroadcast(PeerId To, ReadOnlyMemory<byte> Body, ulong Own) : OverlayInstruction;

/// <summary>The batch wanted first has this number; the <see cref="SendBroadcast"/>s follow.</summary>
internal sealed record BatchPublished(ulong Sequence) : OverlayInstruction;

/// <summary>An author's next messages for users, in order, once: the content of a <see cref="Wire.BroadcastBatch"/>.</summary>
internal sealed record DeliverMessages(PeerId Author, ReadOnlyMemory<byte> Content) : OverlayInstruction;

/// <summary>These batches of an author cannot be had; what is delivered of it from now on comes after them.</summary>
internal sealed record AnnounceMissed(PeerId Author, ulong First, ulong Last) : OverlayInstruction;

/// <summary>Nobody is left to ask: a server may know members. <see cref="MemberHeard"/> answers.</summary>
internal sealed record AskMembers : OverlayInstruction;

// ---- Of a network that grows: what its data path needs to know ----

/// <summary>The next epoch has begun here: what users send from now on waits, and <see cref="SendsSettled"/> answers once nothing that was sent before is under way.</summary>
internal sealed record AnnounceEpoch : OverlayInstruction;

/// <summary>What users send goes in the new epoch from now on.</summary>
internal sealed record AnnounceMoved : OverlayInstruction;

/// <summary>Nothing of this member comes in the old epoch any more.</summary>
internal sealed record AnnounceMemberMoved(PeerId Member) : OverlayInstruction;

// ---- For users ----

/// <summary>The member is one for users from now on.</summary>
internal sealed record AnnounceJoining(MemberRecord Member) : OverlayInstruction;

internal sealed record AnnounceSuspected(PeerId Member) : OverlayInstruction;

internal sealed record AnnounceRecovered(PeerId Member) : OverlayInstruction;

internal sealed record AnnounceLeaving(PeerId Member, PeerLeavingReason Reason) : OverlayInstruction;

/// <summary>The join is complete: every member that was known first is up or given up for now. Said once.</summary>
internal sealed record AnnounceReady : OverlayInstruction;

/// <summary>
/// The join cannot succeed; every neighbour was dropped before, and nothing follows. With <see cref="NetfluxError.NetworkFull"/> it may, rarely, come a few seconds after
/// <see cref="AnnounceReady"/>: others took the last places at the same time.
/// </summary>
internal sealed record JoinFailed(NetfluxError Why) : OverlayInstruction;

/// <summary>An introduction for this peer came through the overlay. Who wrote it is proven only by its seal.</summary>
internal sealed record TakeIntroduction(PeerId From, ReadOnlyMemory<byte> Sealed) : OverlayInstruction;

/// <summary>Everybody was told; the network can stop. Nothing follows.</summary>
internal sealed record AnnounceLeft : OverlayInstruction;

// ---- Of a star alone: what its data path needs to know ----

/// <summary>This member is the hub from now on, or has that of another: what was sent and not yet delivered goes to it. Members that a new hub has not got yet stay for users for a moment.</summary>
internal sealed record AnnounceHub(PeerId Hub, ulong Epoch) : OverlayInstruction;

/// <summary>There is no hub now; what is sent waits. <see cref="AnnounceHub"/> follows: of another hub, or, where the topology fixes it (<paramref name="Waits"/>), of this one alone.</summary>
internal sealed record AnnounceHubLost(PeerId Hub, bool Waits) : OverlayInstruction;

/// <summary>Said at the hub: this member takes us for its hub, and what is for it can go out. It may have been a member for users before.</summary>
internal sealed record AnnounceAttached(PeerId Member) : OverlayInstruction;
