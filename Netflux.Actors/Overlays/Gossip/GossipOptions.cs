using Netflux.Messages;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Overlays.Gossip.Roster;

namespace Netflux.Overlays.Gossip;

/// <summary>The numbers of gossip beside those of its parts.</summary>
internal sealed record GossipOptions
{
    public HyParViewOptions Views { get; init; } = new();
    public PlumtreeOptions Tree { get; init; } = new();
    public RosterOptions Roster { get; init; } = new();

    // ---- Joining ----

    /// <summary>A joiner without a neighbour by then has failed: as in a full mesh.</summary>
    public TimeSpan JoinTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a joiner with a neighbour waits to learn who is a member. Guess: a digest, ids and a thousand records take some round trips.</summary>
    public TimeSpan JoinSettle { get; init; } = TimeSpan.FromSeconds(2);

    // ---- Channels ----

    /// <summary>Channels of peers that ask to be neighbours, beside the active view: each is open, or on its way, for a moment only. Guess: a burst of joiners at one contact.</summary>
    public int AskersMax { get; init; } = 64;

    /// <summary>A channel without a neighbour's place is closed after this, and one that was admitted and does not open counts no more. Longer than a JOIN or NEIGHBOR waits for its answer.</summary>
    public TimeSpan AskerPatience { get; init; } = TimeSpan.FromSeconds(10);

    // ---- Broadcasts ----

    /// <summary>Broadcasts of authors whose records are asked for. Guess: what a neighbour passes on within a round trip.</summary>
    public int StrangersMax { get; init; } = 256;

    /// <summary>Their bytes. Guess.</summary>
    public int StrangersBytesMax { get; init; } = 1 << 20;

    // ---- Ways to those that are far away ----

    /// <summary>Members to whom a way is remembered: four times exactMembers at its highest. At 150 bytes 600 KiB.</summary>
    public int RoutesMax { get; init; } = 4_096;

    /// <summary>Hops of what is passed on to a member that is far away. Guess: three times the longest path of 10,000 members.</summary>
    public const byte RoutedHopsMax = 32;

    /// <summary>Introductions of one neighbour passed on or taken: at once, and then each second; as in a full mesh.</summary>
    public int IntroductionsBurst { get; init; } = 200;

    /// <summary>See <see cref="IntroductionsBurst"/>.</summary>
    public int IntroductionsPerSecond { get; init; } = 20;

    public static GossipOptions For(Topology topology) => new()
    {
        Views = new HyParViewOptions { ActiveView = topology.ActiveView, PassiveView = topology.PassiveView },
    };
}
