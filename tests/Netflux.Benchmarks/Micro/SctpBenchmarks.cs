using BenchmarkDotNet.Attributes;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Benchmarks.Micro;

/// <summary>Messages through two SCTP associations back to back on one thread: no sockets, no sealing, batches of up to 64 packets and one SACK for each.</summary>
[Config(typeof(InProcess))]
public class SctpBenchmarks
{
    private const int Messages = 1000;
    private const int Batch = 64;

    private readonly SctpAssociation _a = new(SctpOptions.Default, new SeededRandom(1));
    private readonly SctpAssociation _z = new(SctpOptions.Default, new SeededRandom(2));
    private readonly byte[][] _packets = [.. Enumerable.Range(0, Batch).Select(_ => new byte[2048])];
    private readonly int[] _lengths = new int[Batch];
    private byte[] _payload = [];
    private Instant _now = new(TimeSpan.TicksPerSecond);
    private int _received;

    [Params(100, 16 * 1024, 64 * 1024)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[Bytes];
        _a.Connect(_now);
        for (var i = 0; i < 4; i++) Move();
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public void OneWay()
    {
        var stream = new StreamId(0);
        _received = 0;
        var sent = 0;
        while (_received < Messages)
        {
            while (sent < Messages && _a.BufferedBytes(stream) < 1024 * 1024 && _a.TrySend(stream, new(PayloadProtocolId.Binary), _payload, _now)) sent++;
            Move();
        }
    }

    private void Move()
    {
        Move(_a, _z);
        Move(_z, _a);
        if (_a.NextDeadline <= _now) _a.HandleDeadline(_now);
        if (_z.NextDeadline <= _now) _z.HandleDeadline(_now);
    }

    private void Move(SctpAssociation from, SctpAssociation to)
    {
        _now += TimeSpan.FromMicroseconds(20);
        var count = 0;
        while (count < Batch && (_lengths[count] = from.WritePacket(_packets[count], _now)) > 0) count++;
        for (var i = 0; i < count; i++)
        {
            to.HandlePacket(_packets[i].AsSpan(0, _lengths[i]), _now);
            while (to.TryReceive(out var message))
            {
                _received++;
                message.Release();
            }
        }
        while (from.TryTake(out _))
        {
        }
        while (to.TryTake(out _))
        {
        }
    }
}
