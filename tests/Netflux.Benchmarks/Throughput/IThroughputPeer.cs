namespace Netflux.Benchmarks.Throughput;

/// <summary>
/// One end of a way to bring messages from one process to another. What every way has in common, so that they can be compared: at most
/// <see cref="FlightBytesMax"/> of payload sent and not acknowledged, an acknowledgement every <see cref="AcknowledgeMessages"/> messages.
/// </summary>
internal interface IThroughputPeer : IAsyncDisposable
{
    const int FlightBytesMax = 1 << 20;
    const int AcknowledgeMessages = 64;

    /// <summary>Receives and drops whatever comes. Returns what the sender connects to.</summary>
    Task<string> ListenAsync();

    Task ConnectAsync(string address);

    /// <summary>Waits while too much is in flight.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> payload);

    /// <summary>Waits until the receiver has everything.</summary>
    Task DrainAsync();
}

internal static class Stacks
{
    /// <summary>In the order of the table; the first is what the others are compared with.</summary>
    public static IReadOnlyDictionary<string, Func<IThroughputPeer>> All { get; } = new Dictionary<string, Func<IThroughputPeer>>
    {
        ["bare"] = () => new BareWebSocketPeer(),
        ["netflux"] = () => new NetfluxThroughputPeer(),
    };
}
