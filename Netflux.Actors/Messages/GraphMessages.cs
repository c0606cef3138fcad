using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>
/// Asks who has links with whom in a network: its members are asked, each for its own. Told to the network's actor, or to the facade with <see cref="Network"/>.
/// Reply: <see cref="NetworkGraph"/>, within 8 s.
/// </summary>
public sealed record GetNetworkGraph : NetfluxRequest
{
    /// <summary>Which network, where the facade is told.</summary>
    public NetworkId? Network { get; init; }
}

/// <summary>The members that were found, walking from one to the next, and their links. Each said so itself, and members on the way passed it on: it is not proven, and good for looking at.</summary>
/// <param name="Members">In the order of their ids, this process among them; at most 1,000.</param>
public sealed record NetworkGraph(IReadOnlyList<GraphMember> Members) : INetfluxMessage;

/// <summary>One member.</summary>
/// <param name="Peer">Who; its name is empty where only others spoke of it.</param>
/// <param name="Links">The links that it has; null where it did not answer.</param>
public sealed record GraphMember(Peer Peer, IReadOnlyList<GraphLink>? Links);

/// <summary>A link, as the member at one end sees it.</summary>
/// <param name="To">The other end.</param>
/// <param name="IsRelayed">A third member carries it.</param>
/// <param name="CarriesBroadcasts">Broadcasts go to the other end this way; along other links go at most their names.</param>
public sealed record GraphLink(PeerId To, bool IsRelayed, bool CarriesBroadcasts);
