using Netflux.Core;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>What a path does to packets. Both directions are alike.</summary>
internal sealed record PathOptions
{
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(10);
    public double Loss { get; init; }
    public double Duplication { get; init; }

    /// <summary>How much longer than the latency a packet may take at random, which reorders.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Bytes in a second; 0 is no limit.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>What may queue before a limited path; further packets are lost.</summary>
    public int QueueBytes { get; init; } = 256 * 1024;

    public bool Down { get; set; }
}

/// <summary>Two associations, one thread, one seed, virtual time.</summary>
internal sealed class SctpWorld
{
    private readonly PriorityQueue<Delivery, (long, long)> _deliveries = new();
    private readonly SeededRandom _fate;
    private readonly List<byte[]> _spares = [];
    private readonly Instant[] _freeAt = new Instant[2];
    private long _order;

    private readonly record struct Delivery(Instant At, int To, byte[] Bytes, int Length);

    public SctpWorld(int seed, PathOptions? path = null, SctpOptions? a = null, SctpOptions? z = null, Func<int, string, IRandomSource>? random = null)
    {
        random ??= static (s, name) => SeededRandom.For((ulong)s, name);
        Seed = seed;
        Path = path ?? new();
        _fate = SeededRandom.For((ulong)seed, "path");
        A = new(0, this, a ?? SctpOptions.Default, random(seed, "a"));
        Z = new(1, this, z ?? SctpOptions.Default, random(seed, "z"));
    }

    public int Seed { get; }

    public PathOptions Path { get; }

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerSecond);

    public SctpPeer A { get; }

    public SctpPeer Z { get; }

    /// <summary>Looks at each packet before it enters the path, and may change it; null loses it.</summary>
    public Func<SctpPeer, byte[], byte[]?>? Tamper { get; set; }

    /// <summary>Every packet that was sent, when asked for.</summary>
    public List<(SctpPeer From, byte[] Bytes)>? Record { get; set; }

    /// <summary>Packets on their way.</summary>
    public int InFlight => _deliveries.Count;

    public SctpPeer Peer(int index) => index == 0 ? A : Z;

    public void Connect()
    {
        A.Association.Connect(Now);
        Flush();
        RunUntil(() => A.Association.IsEstablished && Z.Association.IsEstablished, TimeSpan.FromSeconds(30));
    }

    /// <summary>Sends what both have to send now.</summary>
    public void Flush()
    {
        A.Flush();
        Z.Flush();
    }

    public void RunUntil(Func<bool> done, TimeSpan limit)
    {
        var end = Now + limit;
        Flush();
        for (var steps = 0; !done(); steps++)
            if (!Step(end) || steps == StepsMax) throw new InvalidOperationException($"Not done within {limit}, seed {Seed}: A {A}, Z {Z}.");
    }

    /// <summary>More than any test takes; beyond it the two go round in circles.</summary>
    private const int StepsMax = 2_000_000;

    public void RunFor(TimeSpan time)
    {
        var end = Now + time;
        Flush();
        while (Step(end))
        {
        }
        Now = end;
    }

    /// <summary>Goes to the next packet or deadline, not beyond the end.</summary>
    public bool Step(Instant end)
    {
        Instant? next = _deliveries.Count > 0 ? _deliveries.Peek().At : null;
        next = Instant.Earlier(next, Instant.Earlier(A.Association.NextDeadline, Z.Association.NextDeadline));
        if (next is not { } at || at > end) return false;
        if (at > Now) Now = at;
        // A batch: all that arrives at this moment, then what follows from it.
        while (_deliveries.Count > 0 && _deliveries.Peek().At <= Now)
        {
            var (_, to, bytes, length) = _deliveries.Dequeue();
            Peer(to).Hear(bytes.AsSpan(0, length));
            _spares.Add(bytes);
        }
        A.RunDeadline();
        Z.RunDeadline();
        Flush();
        return true;
    }

    public void Carry(SctpPeer from, ReadOnlySpan<byte> packet)
    {
        Record?.Add((from, packet.ToArray()));
        if (Tamper is not null)
        {
            if (Tamper(from, packet.ToArray()) is not { } tampered) return;
            packet = tampered;
        }
        if (Path.Down || _fate.Chance(Path.Loss)) return;
        var at = Now;
        if (Path.BytesPerSecond > 0)
        {
            ref var free = ref _freeAt[from.Index];
            if (free < Now) free = Now;
            if ((free - Now).TotalSeconds * Path.BytesPerSecond > Path.QueueBytes) return;
            free += TimeSpan.FromSeconds(packet.Length / Path.BytesPerSecond);
            at = free;
        }
        Enter(1 - from.Index, packet, at);
        if (_fate.Chance(Path.Duplication)) Enter(1 - from.Index, packet, at);
    }

    private void Enter(int to, ReadOnlySpan<byte> packet, Instant at)
    {
        var bytes = _spares.Count > 0 && _spares[^1].Length >= packet.Length ? _spares[^1] : new byte[Math.Max(packet.Length, 2048)];
        if (_spares.Count > 0 && ReferenceEquals(bytes, _spares[^1])) _spares.RemoveAt(_spares.Count - 1);
        packet.CopyTo(bytes);
        at += Path.Latency;
        if (Path.Jitter > TimeSpan.Zero) at += Path.Jitter * _fate.NextDouble();
        _deliveries.Enqueue(new(at, to, bytes, packet.Length), (at.Ticks, _order++));
    }
}

/// <summary>One end: its association, and what came out of it.</summary>
internal sealed class SctpPeer(int index, SctpWorld world, SctpOptions options, IRandomSource random)
{
    private readonly byte[] _packet = new byte[65_536];

    public int Index => index;

    public SctpAssociation Association { get; } = new(options, random);

    public List<SctpEvent> Events { get; } = [];

    /// <summary>What is done with a message; otherwise it is kept.</summary>
    public Action<SctpMessage>? Receive { get; set; }

    public List<(StreamId Stream, PayloadProtocolId Ppid, byte[] Payload)> Messages { get; } = [];

    /// <summary>Hears events, beside the list of them.</summary>
    public Action<SctpEvent>? Happen { get; set; }

    /// <summary>Off, messages are left with the association.</summary>
    public bool Takes { get; set; } = true;

    /// <summary>Runs before each flush, as an application that sends would.</summary>
    public Action? BeforeFlush { get; set; }

    public long BytesSent { get; private set; }

    public long PacketsSent { get; private set; }

    public AssociationClosed? Closed => Events.OfType<AssociationClosed>().SingleOrDefault();

    public bool Send(int stream, ReadOnlySpan<byte> payload, SendParameters? how = null) =>
        Association.TrySend(new((ushort)stream), how ?? new SendParameters(PayloadProtocolId.Binary), payload, world.Now);

    public void Hear(ReadOnlySpan<byte> packet)
    {
        Association.HandlePacket(packet, world.Now);
        Drain();
    }

    public void RunDeadline()
    {
        if (Association.NextDeadline <= world.Now) Association.HandleDeadline(world.Now);
        Drain();
    }

    public void Flush()
    {
        Drain();
        BeforeFlush?.Invoke();
        int length;
        while ((length = Association.WritePacket(_packet, world.Now)) > 0)
        {
            BytesSent += length;
            PacketsSent++;
            world.Carry(this, _packet.AsSpan(0, length));
        }
        while (Association.TryTake(out var happened)) Note(happened);
    }

    private void Drain()
    {
        while (Takes && Association.TryReceive(out var message))
        {
            if (Receive is not null) Receive(message);
            else Messages.Add((message.Stream, message.Ppid, message.Payload.ToArray()));
            message.Release();
        }
        while (Association.TryTake(out var happened)) Note(happened);
    }

    private void Note(SctpEvent happened)
    {
        Events.Add(happened);
        Happen?.Invoke(happened);
    }

    public override string ToString() => $"{Association.State.GetType().Name} {Closed?.Text} {Association.Statistics}";
}
