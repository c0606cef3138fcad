using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>What members say to each other about their views. The names are the paper's.</summary>
internal abstract record HyParViewMessage
{
    /// <summary>The first message on a new link, to a contact of the network (paper §4.2). Answered by <see cref="Accepted"/>.</summary>
    internal sealed record Join(Contact Sender) : HyParViewMessage;

    /// <summary>A member joined: a random walk that ends in somebody's active view, and passes somebody's passive view (§4.2).</summary>
    internal sealed record ForwardJoin(Contact Joiner, int Ttl) : HyParViewMessage;

    /// <summary>
    /// The first message on a new link to a member whose neighbour the sender wants to be (§4.3). With high priority it is never declined. Answered by <see cref="Accepted"/> or <see cref="Declined"/>.
    /// </summary>
    internal sealed record Neighbor(Contact Sender, bool HighPriority) : HyParViewMessage;

    /// <summary>The asker is in the sender's active view. The paper leaves it to the connection; here both ends know when the view became symmetric.</summary>
    internal sealed record Accepted(Contact Sender) : HyParViewMessage;

    /// <summary>The sender's active view is full. Its sender closes the link.</summary>
    internal sealed record Declined : HyParViewMessage;

    /// <summary>The receiver is no neighbour any more (§4.2). Its sender closes the link, and is still a member unless it <paramref name="Leaves"/>.</summary>
    internal sealed record Disconnect(bool Leaves) : HyParViewMessage;

    /// <summary>
    /// A random walk that exchanges passive views (§4.4). <paramref name="Path"/> has the members it passed before its sender, its origin first; so nobody keeps state for the way back.
    /// </summary>
    internal sealed record Shuffle(uint Number, int Ttl, IReadOnlyList<PeerId> Path, IReadOnlyList<Contact> Contacts) : HyParViewMessage;

    /// <summary>
    /// The answer to a SHUFFLE, back along the walk: <paramref name="Path"/> has who is still before the receiver, its origin first. The paper opens a connection to the origin for it; a link here
    /// costs a handshake and perhaps a relay, and the walk's links are there.
    /// </summary>
    internal sealed record ShuffleReply(uint Number, IReadOnlyList<PeerId> Path, IReadOnlyList<Contact> Contacts) : HyParViewMessage;
}
