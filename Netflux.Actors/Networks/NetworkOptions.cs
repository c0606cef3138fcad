using Netflux.Messages;

namespace Netflux.Networks;

/// <summary>The numbers of one network of this process, beside those of its topology.</summary>
internal sealed record NetworkOptions
{
    public static readonly NetworkOptions Default = new();

    /// <summary>Credit given to all members of a network together. Guess: 32 MiB; each of 50 has 655 KiB.</summary>
    public long ReceiveCostMax { get; init; } = 32 << 20;

    /// <summary>Credit given to one member: 100 Mbit/s times 80 ms.</summary>
    public long WindowCostMax { get; init; } = 1 << 20;

    /// <summary>A member that sees nobody asks the server again after this: as long as a lease goes without renewal (DESIGN §10).</summary>
    public TimeSpan LookAgainInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after a member said something it is looked at again who may carry for whom: 50 times 50 hashes, about 2 ms. Guess: lists are exchanged within a few round trips.</summary>
    public TimeSpan CarriersDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Cards remembered for each place of the topology, so that strangers at an open door do not crowd out members: as many as the overlay remembers.</summary>
    public int CardsPerPlace { get; init; } = 4;

    /// <summary>Neighbours for each place of a gossip network's active view. Guess: as many again while some come and others go.</summary>
    public int NeighboursPerActivePlace { get; init; } = 2;

    /// <summary>
    /// Introductions that may come at once through the server or a member, and then each second: what is more is dropped, and a search asks again. Each costs a key agreement and up to
    /// ten signatures, about 2 ms. Guess: each of a network of 50 sends an offer or an answer and up to three with later candidates, twice.
    /// </summary>
    public int IntroductionsBurst { get; init; } = 400;

    /// <summary>See <see cref="IntroductionsBurst"/>: a tenth of a processor.</summary>
    public int IntroductionsPerSecond { get; init; } = 50;

    /// <summary>The credit for one member of a network with this topology.</summary>
    public long WindowCostFor(Topology topology) => Math.Min(WindowCostMax, ReceiveCostMax / NeighboursMaxFor(topology));

    /// <summary>How many cards a network with this topology remembers. In gossip a member knows those in its views, whatever the size of the network.</summary>
    public int CardsMaxFor(Topology topology) => CardsPerPlace * (topology.Type == TopologyType.Gossip ? topology.ActiveView + topology.PassiveView : topology.MaxMembers);

    private int NeighboursMaxFor(Topology topology) => topology.Type == TopologyType.Gossip ? NeighboursPerActivePlace * topology.ActiveView : topology.MaxMembers;
}
