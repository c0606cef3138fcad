using System.Buffers;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>Reassembly of I-DATA (RFC 8260 §2.1): a fragment says which message it belongs to and its place in it, so the order of TSNs does not matter.</summary>
internal sealed class IDataReassembly(SctpOptions options, ReceiveBuffer buffer, InboundStreams streams) : IReassembly
{
    private readonly Dictionary<MessageKey, Assembly> _open = [];
    private readonly Stack<Assembly> _spares = new();
    private int _lastLength;

    private readonly record struct MessageKey(StreamId Stream, bool Unordered, uint Number);

    /// <summary>A fragment that came before its turn.</summary>
    private readonly record struct Early(byte[] Pooled, int Length, bool IsEnd);

    private sealed class Assembly
    {
        public OpenMessage Message;
        public uint NextFragment;
        public PriorityQueue<Early, uint>? Early;
    }

    // Source: guess; messages that go on at the same time.
    private const int SparesMax = 16;

    public Taken AddInOrder(in DataHeader header, ReadOnlySpan<byte> payload) => Add(header, payload);

    public Taken AddAhead(in DataHeader header, ReadOnlySpan<byte> payload) => Add(header, payload);

    public Taken Advance(Tsn before, Tsn cumulative) => Taken.Yes;

    public void Forward(Tsn before, Tsn cumulative, in ForwardTsnChunk forward)
    {
        if (forward.Count > 0 && _open.Count > 0) DropSkipped(forward);
        for (var i = 0; i < forward.Count; i++)
        {
            var skipped = forward.Skipped(i);
            if (!skipped.Unordered) streams.Skip(skipped.Stream, skipped.Number);
        }
    }

    public void Drop()
    {
        foreach (var assembly in _open.Values) Drop(assembly);
        _open.Clear();
    }

    private Taken Add(in DataHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > options.ReceivedMessageBytesMax) return Taken.TooLong;
        if (header.IsWhole)
        {
            buffer.Charge(payload.Length);
            streams.Add(header.IsUnordered, header.Number, new(header.Stream, header.Ppid, ReceiveBuffer.Copy(payload), payload.Length));
            return Taken.Yes;
        }
        var key = new MessageKey(header.Stream, header.IsUnordered, header.Number);
        if (!_open.TryGetValue(key, out var assembly))
        {
            if (_open.Count == options.OpenMessagesMax) return Taken.TooMany;
            _open.Add(key, assembly = _spares.TryPop(out var spare) ? spare : new Assembly());
        }
        var taken = Add(assembly, header, payload, out var ended);
        if (!ended || taken != Taken.Yes) return taken;
        _open.Remove(key);
        var message = assembly.Message.End(header.Stream);
        _lastLength = message.Length;
        Spare(assembly);
        streams.Add(header.IsUnordered, header.Number, message);
        return Taken.Yes;
    }

    private Taken Add(Assembly assembly, in DataHeader header, ReadOnlySpan<byte> payload, out bool ended)
    {
        ended = false;
        if (header.IsBegin)
        {
            // A second beginning of one message breaks the rules; the first one holds.
            if (assembly.Message.IsOpen) return Taken.Yes;
            // Room for as much as the last message had, which is not charged: only where no other is open, or many that only begin would take many times the window.
            assembly.Message.Begin(buffer, header.Ppid, payload, _open.Count == 1 ? _lastLength : 0);
            assembly.NextFragment = 1;
        }
        else if (!assembly.Message.IsOpen || header.Fragment != assembly.NextFragment)
        {
            if (header.Fragment < assembly.NextFragment) return Taken.Yes;
            buffer.Charge(payload.Length);
            (assembly.Early ??= new()).Enqueue(new(ReceiveBuffer.Copy(payload), payload.Length, header.IsEnd), header.Fragment);
            return Taken.Yes;
        }
        else if (Append(assembly, payload) is var taken and not Taken.Yes) return taken;
        else ended = header.IsEnd;
        return ended ? Taken.Yes : AppendEarly(assembly, out ended);
    }

    private Taken AppendEarly(Assembly assembly, out bool ended)
    {
        ended = false;
        while (!ended && assembly.Early is { } early && early.TryPeek(out _, out var fragment) && fragment <= assembly.NextFragment)
        {
            var next = early.Dequeue();
            var taken = fragment < assembly.NextFragment ? Taken.Yes : Append(assembly, next.Pooled.AsSpan(0, next.Length));
            ended = fragment == assembly.NextFragment - 1 && next.IsEnd;
            buffer.Drop(next.Pooled, next.Length);
            if (taken != Taken.Yes) return taken;
        }
        return Taken.Yes;
    }

    private Taken Append(Assembly assembly, ReadOnlySpan<byte> payload)
    {
        if (!assembly.Message.HasRoomFor(payload.Length, options.ReceivedMessageBytesMax)) return Taken.TooLong;
        assembly.Message.Append(buffer, payload);
        assembly.NextFragment++;
        return Taken.Yes;
    }

    /// <summary>One pass over what is open, however many streams the chunk names; in which order is of no consequence.</summary>
    private void DropSkipped(in ForwardTsnChunk forward)
    {
        var last = new Dictionary<(StreamId, bool), uint>();
        for (var i = 0; i < forward.Count; i++)
        {
            var skipped = forward.Skipped(i);
            last[(skipped.Stream, skipped.Unordered)] = skipped.Number;
        }
        foreach (var (key, assembly) in _open)
        {
            if (!last.TryGetValue((key.Stream, key.Unordered), out var number) || (int)(key.Number - number) > 0) continue;
            _open.Remove(key);
            Drop(assembly);
            Spare(assembly);
        }
    }

    private void Drop(Assembly assembly)
    {
        assembly.Message.Drop(buffer);
        DropEarly(assembly);
    }

    private void DropEarly(Assembly assembly)
    {
        while (assembly.Early is { } early && early.TryDequeue(out var waiting, out _)) buffer.Drop(waiting.Pooled, waiting.Length);
        assembly.Early = null;
    }

    private void Spare(Assembly assembly)
    {
        DropEarly(assembly);
        assembly.NextFragment = 0;
        if (_spares.Count < SparesMax) _spares.Push(assembly);
    }
}
