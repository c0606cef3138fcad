using Netflux.Core;
using Netflux.Identity;
using Netflux.Networks;
using Netflux.Wire;

namespace Netflux.Overlays.Star;

/// <summary>A frame of ours that not all who are to have it have consumed.</summary>
internal readonly record struct KeptFrame(ulong Number, PeerId To, byte[] Bytes);

/// <summary>
/// What this member sends: messages of one turn become one frame for each receiver, signed once; a frame is kept until everybody who is to have it has consumed it, and goes to the next hub again.
/// </summary>
internal sealed class StarOutbox(IPeerKeys keys, NetworkId network, Incarnation run, StarRouteOptions options)
{
    /// <summary>What one member has not consumed, frame by frame.</summary>
    private sealed class Receiver
    {
        public Ring<(ulong Number, ulong Messages, long Cost)> Waiting { get; } = new();
        public ulong GatheredMessages { get; set; }
        public long GatheredCost { get; set; }
        public ulong Messages { get; set; }
        public long Cost { get; set; }
    }

    private readonly SortedDictionary<PeerId, Receiver> _receivers = [];
    private readonly Ring<KeptFrame> _kept = new();
    private readonly List<ReadOnlyMemory<byte>> _gathered = [];
    private int _gatheredBytes;
    private PeerId _gatheredFor;
    private long _lastId;
    private ulong _number;

    public void Open(PeerId member) => _receivers[member] = new Receiver();

    public void Close(PeerId member)
    {
        _receivers.Remove(member);
        Release();
    }

    /// <summary>Adds a message; where it belongs into another frame, the one before is returned.</summary>
    public KeptFrame? Add(in HandOver handOver)
    {
        if (!_receivers.TryGetValue(handOver.Way, out var receiver)) return null;
        var to = handOver.Flags.HasFlag(FrameFlags.Broadcast) ? default : handOver.Way;
        KeptFrame? before = null;
        if (handOver.Id != _lastId)
        {
            if (_gathered.Count > 0 && (to != _gatheredFor || _gatheredBytes + handOver.Payload.Length > options.FrameBytesMax)) before = Flush();
            (_gatheredFor, _lastId) = (to, handOver.Id);
            _gathered.Add(handOver.Payload);
            _gatheredBytes += BroadcastBatch.MessageOverhead + handOver.Payload.Length;
        }
        receiver.GatheredMessages++;
        receiver.GatheredCost += MessageCost.Of(handOver.Payload.Length);
        return before;
    }

    /// <summary>What was gathered, as a frame.</summary>
    public KeptFrame? Flush()
    {
        if (_gathered.Count == 0) return null;
        var bytes = new byte[StarFrame.Size + BroadcastBatch.Overhead + _gatheredBytes];
        new StarFrame(StarFrameKind.Data, keys.Id, _gatheredFor, run, ++_number).Write(bytes);
        bytes[StarFrame.Size + SignedRecords.SignatureLength] = (byte)BatchKind.Messages;
        var at = StarFrame.Size + BroadcastBatch.Overhead;
        foreach (var message in _gathered) at = BroadcastBatch.WriteMessage(bytes, at, message.Span);
        StarFrame.Sign(bytes, keys, network);
        foreach (var receiver in _receivers.Values)
        {
            if (receiver.GatheredMessages == 0) continue;
            receiver.Waiting.Enqueue((_number, receiver.GatheredMessages, receiver.GatheredCost));
            (receiver.GatheredMessages, receiver.GatheredCost) = (0, 0);
        }
        var frame = new KeptFrame(_number, _gatheredFor, bytes);
        _kept.Enqueue(frame);
        _gathered.Clear();
        _gatheredBytes = 0;
        return frame;
    }

    /// <summary>The member has consumed all up to this frame: messages and cost since its way was opened; null where that is nothing new.</summary>
    public (ulong Messages, long Cost)? HandleConsumed(PeerId member, ulong number)
    {
        if (!_receivers.TryGetValue(member, out var receiver)) return null;
        var before = receiver.Messages;
        while (receiver.Waiting.Count > 0 && receiver.Waiting[0].Number <= number)
        {
            var (_, messages, cost) = receiver.Waiting.Dequeue();
            receiver.Messages += messages;
            receiver.Cost += cost;
        }
        if (receiver.Messages == before) return null;
        Release();
        return (receiver.Messages, receiver.Cost);
    }

    public bool IsWaitingFor(PeerId member) => _receivers.TryGetValue(member, out var receiver) && receiver.Waiting.Count > 0;

    /// <summary>All that a hub has to have, in order.</summary>
    public IEnumerable<KeptFrame> Kept => Enumerable.Range(0, _kept.Count).Select(place => _kept[place]);

    private void Release()
    {
        var first = ulong.MaxValue;
        foreach (var receiver in _receivers.Values)
        {
            if (receiver.Waiting.Count > 0) first = Math.Min(first, receiver.Waiting[0].Number);
        }
        while (_kept.Count > 0 && _kept[0].Number < first) _kept.Dequeue();
    }
}
