using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

internal abstract record HyParViewInstruction;

/// <summary>Open a link and say this first on it; <see cref="LinkGone"/> tells that there is none. Where a link to this member is open already, it is said there.</summary>
internal sealed record OpenLink(Contact To, HyParViewMessage First) : HyParViewInstruction;

internal sealed record SendViewMessage(PeerId To, HyParViewMessage Message) : HyParViewInstruction;

/// <summary>Close the link once everything said on it has gone. <see cref="LinkGone"/> does not follow.</summary>
internal sealed record CloseLink(PeerId Peer) : HyParViewInstruction;

/// <summary>The member is in the active view, at both ends as soon as it has heard of it.</summary>
internal sealed record AnnounceNeighborUp(Contact Neighbor) : HyParViewInstruction;

internal sealed record AnnounceNeighborDown(PeerId Neighbor, NeighborEnd Why) : HyParViewInstruction;

/// <summary>Nobody is left to ask. <see cref="ContactsHeard"/> answers, at any time; it is said again until there is a neighbour.</summary>
internal sealed record AskContacts : HyParViewInstruction;

internal enum NeighborEnd
{
    /// <summary>Another member took its place in our view.</summary>
    Evicted,

    /// <summary>It gave our place in its view to another member.</summary>
    Disconnected,

    /// <summary>It left the network.</summary>
    Left,

    /// <summary>Its link is gone without a word.</summary>
    Lost,

    /// <summary>It asked anew: what it knew of us before is gone.</summary>
    Restarted,
}
