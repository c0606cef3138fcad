using System.Diagnostics.Metrics;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>
/// The counters of one signaling server: <c>netflux.signaling.bytes</c> (By, with <c>direction</c> in or out; bodies of WebSocket messages), and
/// <c>netflux.signaling.connections</c> and <c>netflux.signaling.doors</c> as they are now. Any thread may use them.
/// </summary>
internal sealed class SignalingTraffic : IDisposable
{
    private readonly Meter _meter = new("Netflux");
    private readonly Counter<long> _bytes;
    private long _bytesIn, _bytesOut;
    private int _connections, _doors;

    public SignalingTraffic()
    {
        _bytes = _meter.CreateCounter<long>("netflux.signaling.bytes", "By", "Bytes of signaling messages, by direction.");
        _meter.CreateObservableGauge("netflux.signaling.connections", () => Connections, "{connection}", "Connections to this signaling server.");
        _meter.CreateObservableGauge("netflux.signaling.doors", () => Doors, "{network}", "Networks whose doors this signaling server keeps.");
    }

    public long BytesIn => Interlocked.Read(ref _bytesIn);
    public long BytesOut => Interlocked.Read(ref _bytesOut);
    public int Connections => Volatile.Read(ref _connections);
    public int Doors => Volatile.Read(ref _doors);

    public void Received(int bytes)
    {
        Interlocked.Add(ref _bytesIn, bytes);
        _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "in"));
    }

    public void Sent(int bytes)
    {
        Interlocked.Add(ref _bytesOut, bytes);
        _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "out"));
    }

    public void Now(int connections, int doors)
    {
        Volatile.Write(ref _connections, connections);
        Volatile.Write(ref _doors, doors);
    }

    public void Dispose() => _meter.Dispose();
}
