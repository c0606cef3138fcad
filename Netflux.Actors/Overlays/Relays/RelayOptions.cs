namespace Netflux.Overlays.Relays;

/// <summary>The numbers of relayed links. Cost is what a message weighs in memory: its bytes and 64 for handling it, as in a session.</summary>
internal sealed record RelayOptions
{
    /// <summary>The largest message of a relayed link; the most a record of a session may take, with its seal, fits. An eighth of the window would do as well: guess.</summary>
    public int RecordBytesMax { get; init; } = 64 * 1024;

    /// <summary>What a relayed link of this process writes: twice a session's chunk, with the headers, so that relayed frames take turns with the carrier's own.</summary>
    public const int LinkMessageBytesMax = 33 * 1024;

    /// <summary>What an end may have on its way beyond what the far end's reader is done with. 256 KiB at 50 ms of round trip are 5 MB/s.</summary>
    public long WindowCost { get; init; } = 256 * 1024;

    /// <summary>Cost of a message beside its bytes.</summary>
    public int MessageCost { get; init; } = 64;

    /// <summary>Circuits that this process carries. 64 × 2 directions × 256 KiB = 32 MiB at the worst.</summary>
    public int CarriedMax { get; init; } = 64;

    /// <summary>Circuits carried for one neighbour, whichever end it is. A quarter of all.</summary>
    public int CarriedPerNeighbourMax { get; init; } = 16;

    /// <summary>Circuits carried for one pair: one in use, one that takes over, each opened from either side.</summary>
    public int CarriedPerPairMax { get; init; } = 4;

    /// <summary>Circuits that others opened to this process. A full mesh of 50 without one direct link, and as many that take over.</summary>
    public int AcceptedMax { get; init; } = 100;

    /// <summary>Circuits that one peer opened to this process. See <see cref="CarriedPerPairMax"/>.</summary>
    public int AcceptedPerPeerMax { get; init; } = 4;

    /// <summary>Circuits that a neighbour may have opened: at once, and then each second. Guess: a search opens at most one per 2 s and carrier, for each of 50 members.</summary>
    public int OpensBurst { get; init; } = 32;

    /// <summary>See <see cref="OpensBurst"/>.</summary>
    public int OpensPerSecond { get; init; } = 4;

    /// <summary>How long an opener waits for the far end. The wait of a search for one carrier.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A carried circuit on which nothing moves is closed. Sessions ping every few seconds; guess.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(60);
}
