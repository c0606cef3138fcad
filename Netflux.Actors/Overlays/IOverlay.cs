using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays;

/// <summary>
/// One topology: which members keep links and how messages travel. A pure core; the network's actor drives it. On the data path it answers who is next,
/// without a fact or an instruction per message.
/// </summary>
internal interface IOverlay : IProtocolCore<OverlayFact, OverlayInstruction>
{
    /// <summary>The epoch in whose channels introductions are carried: the last that has begun.</summary>
    int Epoch => 0;

    /// <summary>The members that users see, without ourselves, in the order of their ids.</summary>
    IReadOnlyList<MemberRecord> Members { get; }

    /// <summary>How many members there are, ourselves among them: those that users see, or in a network too large for that, an estimate.</summary>
    int CountMembers(Instant now) => Members.Count + 1;

    /// <summary>What is known of a member, seen by users or not.</summary>
    bool TryFind(PeerId member, out MemberRecord? record);

    /// <summary>The neighbours to whom a broadcast of this member goes.</summary>
    IReadOnlyList<PeerId> BroadcastTargets { get; }

    /// <summary>The neighbour to whom a message for this member goes; null if it is not a member, or there is no way to it for the moment.</summary>
    PeerId? NextHop(PeerId member);

    /// <summary>The neighbours that may carry a relayed link, or an introduction, to this member, best first and the same at both ends.</summary>
    IReadOnlyList<PeerId> Carriers(PeerId member);

    /// <summary>The bytes that pass an introduction on to <paramref name="to"/>, to be sent as control to one of its carriers.</summary>
    ReadOnlyMemory<byte> CarryIntroduction(PeerId to, ReadOnlyMemory<byte> sealedBytes);
}
