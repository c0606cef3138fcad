using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

internal abstract record HyParViewFact;

/// <summary>This member comes up. Without contacts it is the network's first.</summary>
internal sealed record ViewsStarted(Contact Self, IReadOnlyList<Contact> Contacts) : HyParViewFact;

/// <summary>Somebody outside the overlay named members: the answer to <see cref="AskContacts"/>, or news of a server.</summary>
internal sealed record ContactsHeard(IReadOnlyList<Contact> Contacts) : HyParViewFact;

/// <summary>Somebody outside the overlay named a member of whom nobody here knows: it may be of a part that lost us, and a place is made for it.</summary>
internal sealed record StrangerHeard(Contact Contact) : HyParViewFact;

/// <summary>Our own record changed; whoever hears of us from now on hears the new one.</summary>
internal sealed record OwnContactChanged(Contact Self) : HyParViewFact;

internal sealed record ViewMessageReceived(PeerId From, HyParViewMessage Message) : HyParViewFact;

/// <summary>Another layer's message came from a peer that is not in the active view: it takes us for its neighbour.</summary>
internal sealed record NeighborSpoke(PeerId From) : HyParViewFact;

/// <summary>A link is gone without a DISCONNECT, or could not be opened.</summary>
internal sealed record LinkGone(PeerId Peer) : HyParViewFact;

/// <summary>This member goes for good; its neighbours are told.</summary>
internal sealed record ViewsLeft : HyParViewFact;
