namespace Netflux.Overlays.Star;

/// <summary>The numbers of messages in a star.</summary>
internal sealed record StarRouteOptions
{
    public static readonly StarRouteOptions Default = new();

    /// <summary>What one member may have under way to another. Twice what fits half of a channel's longest window, so that a slow member is seen at the hub before its senders stand.</summary>
    public long WindowCost { get; init; } = 1 << 20;

    /// <summary>Messages of one frame, where it is not a single longer one: it stays one frame (64 KiB) with its headers.</summary>
    public int FrameBytesMax { get; init; } = 60 << 10;

    /// <summary>How long what was consumed may wait for more before its author is told. As in a gossip network.</summary>
    public TimeSpan AckDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>What a new hub got first may have met no member that attached after us: it gets it again when all that are there have attached. As long as the roster keeps those in doubt (<see cref="StarOptions"/>).</summary>
    public TimeSpan AgainAfter { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Bytes that wait at the hub for members that are not attached yet; what is more is not kept, as its author gives it again. Guess.</summary>
    public long WaitingBytesMax { get; init; } = 64 << 20;

    /// <summary>Authors whose last number is remembered after they left, so that nothing comes twice when they are back: five times the most members. At 60 bytes 60 KiB.</summary>
    public int AuthorsMax { get; init; } = 1_000;
}
