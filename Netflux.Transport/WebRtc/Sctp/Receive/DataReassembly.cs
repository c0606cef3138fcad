using System.Buffers;
using System.Numerics;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>
/// Reassembly of DATA (RFC 9260 §6.9). What comes in the order of TSNs is appended to the one open message, without another copy. What comes ahead waits in a ring by TSN, where
/// neighbours of one message are joined to runs; the ends of a run know each other, so that a message that is complete behind a gap is found without a search.
/// </summary>
internal sealed class DataReassembly(SctpOptions options, ReceiveBuffer buffer, InboundStreams streams) : IReassembly
{
    private const int CapacityMin = 16;

    private Fragment[] _ring = [];
    private int _waiting;

    // The message that goes on with the next TSN.
    private OpenMessage _open;
    private DataHeader _openHeader;
    private int _lastLength;

    private struct Fragment
    {
        /// <summary>Null where nothing waits.</summary>
        public byte[]? Pooled;
        public int Length;
        public DataHeader Header;

        /// <summary>Of the first and the last of a run: the TSN of the other end.</summary>
        public Tsn OtherEnd;
    }

    public Taken AddInOrder(in DataHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.IsBegin)
        {
            // A message that begins while another is open: the sender gave the open one up without saying so. It will not be completed.
            if (_open.IsOpen) _open.Drop(buffer);
            if (payload.Length > options.ReceivedMessageBytesMax) return Taken.TooLong;
            if (header.IsEnd)
            {
                buffer.Charge(payload.Length);
                streams.Add(header.IsUnordered, header.Number, new(header.Stream, header.Ppid, ReceiveBuffer.Copy(payload), payload.Length));
                return Taken.Yes;
            }
            _open.Begin(buffer, header.Ppid, payload, _lastLength);
            _openHeader = header;
            return Taken.Yes;
        }
        // A fragment without its beginning is the rest of what was given up.
        if (!_open.IsOpen || header.Stream != _openHeader.Stream || header.IsUnordered != _openHeader.IsUnordered || header.Number != _openHeader.Number) return Taken.Yes;
        if (!_open.HasRoomFor(payload.Length, options.ReceivedMessageBytesMax)) return Taken.TooLong;
        _open.Append(buffer, payload);
        if (!header.IsEnd) return Taken.Yes;
        var message = _open.End(header.Stream);
        _lastLength = message.Length;
        streams.Add(header.IsUnordered, header.Number, message);
        return Taken.Yes;
    }

    public Taken AddAhead(in DataHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > options.ReceivedMessageBytesMax) return Taken.TooLong;
        buffer.Charge(payload.Length);
        var pooled = ReceiveBuffer.Copy(payload);
        if (header.IsWhole)
        {
            streams.Add(header.IsUnordered, header.Number, new(header.Stream, header.Ppid, pooled, payload.Length));
            return Taken.Yes;
        }
        Reserve(header.Tsn);
        ref var fragment = ref At(header.Tsn);
        fragment = new() { Pooled = pooled, Length = payload.Length, Header = header };
        _waiting++;
        var first = header.Tsn;
        var last = header.Tsn;
        if (!header.IsBegin && Joins(header.Tsn.Previous, header.Tsn)) first = At(header.Tsn.Previous).OtherEnd;
        if (!header.IsEnd && Joins(header.Tsn, header.Tsn.Next)) last = At(header.Tsn.Next).OtherEnd;
        At(first).OtherEnd = last;
        At(last).OtherEnd = first;
        return At(first).Header.IsBegin && At(last).Header.IsEnd ? Join(first, last) : Taken.Yes;
    }

    public Taken Advance(Tsn before, Tsn cumulative)
    {
        if (_waiting == 0) return Taken.Yes;
        for (var tsn = before.Next; tsn <= cumulative && _waiting > 0; tsn = tsn.Next)
        {
            if (!IsWaiting(tsn)) continue;
            var fragment = Remove(tsn);
            buffer.Discharge(fragment.Length);
            var taken = AddInOrder(fragment.Header, fragment.Pooled.AsSpan(0, fragment.Length));
            ArrayPool<byte>.Shared.Return(fragment.Pooled!);
            if (taken != Taken.Yes) return taken;
        }
        if (_waiting == 0 && _ring.Length > CapacityMin * 4) _ring = [];
        return Taken.Yes;
    }

    public void Forward(Tsn before, Tsn cumulative, in ForwardTsnChunk forward)
    {
        // RFC 3758 §3.6: the open message goes on with a TSN that is skipped. A run that is cut at the new cumulative TSN has lost its beginning, so all of it goes.
        _open.Drop(buffer);
        for (var tsn = before.Next; tsn <= cumulative && _waiting > 0; tsn = tsn.Next) DropRunFrom(tsn);
        for (var i = 0; i < forward.Count; i++)
        {
            var skipped = forward.Skipped(i);
            streams.Skip(skipped.Stream, skipped.Number);
        }
    }

    public void Drop()
    {
        _open.Drop(buffer);
        for (var i = 0; i < _ring.Length; i++)
            if (_ring[i].Pooled is { } pooled) buffer.Drop(pooled, _ring[i].Length);
        _ring = [];
        _waiting = 0;
    }

    private Taken Join(Tsn first, Tsn last)
    {
        var length = 0L;
        for (var tsn = first; tsn <= last; tsn = tsn.Next) length += At(tsn).Length;
        if (length > options.ReceivedMessageBytesMax) return Taken.TooLong;
        var message = ArrayPool<byte>.Shared.Rent((int)length);
        var at = 0;
        var header = At(first).Header;
        for (var tsn = first; tsn <= last; tsn = tsn.Next)
        {
            var fragment = Remove(tsn);
            fragment.Pooled.AsSpan(0, fragment.Length).CopyTo(message.AsSpan(at));
            at += fragment.Length;
            buffer.Drop(fragment.Pooled!, fragment.Length);
        }
        buffer.Charge(at);
        _lastLength = at;
        streams.Add(header.IsUnordered, header.Number, new(header.Stream, header.Ppid, message, at));
        return Taken.Yes;
    }

    private void DropRunFrom(Tsn tsn)
    {
        for (var joins = IsWaiting(tsn); joins; tsn = tsn.Next)
        {
            joins = Joins(tsn, tsn.Next);
            var fragment = Remove(tsn);
            buffer.Drop(fragment.Pooled!, fragment.Length);
        }
    }

    /// <summary>Whether both wait and are neighbours in one message.</summary>
    private bool Joins(Tsn left, Tsn right)
    {
        if (!IsWaiting(left) || !IsWaiting(right)) return false;
        var (before, after) = (At(left).Header, At(right).Header);
        return !before.IsEnd && !after.IsBegin && before.Stream == after.Stream && before.IsUnordered == after.IsUnordered && before.Number == after.Number;
    }

    private bool IsWaiting(Tsn tsn) => _ring.Length > 0 && At(tsn).Pooled is not null && At(tsn).Header.Tsn == tsn;

    private ref Fragment At(Tsn tsn) => ref _ring[tsn.Value & (uint)(_ring.Length - 1)];

    private Fragment Remove(Tsn tsn)
    {
        ref var place = ref At(tsn);
        var fragment = place;
        place = default;
        _waiting--;
        return fragment;
    }

    /// <summary>Makes room for this TSN beside all that wait.</summary>
    private void Reserve(Tsn tsn)
    {
        var capacity = Math.Max(_ring.Length, CapacityMin);
        // No two that wait may fall on one place; all lie within the reach of gap blocks, so doubling ends.
        while (!Fits(tsn, capacity)) capacity *= 2;
        if (capacity == _ring.Length) return;
        var grown = new Fragment[capacity];
        foreach (ref var fragment in _ring.AsSpan())
            if (fragment.Pooled is not null) grown[fragment.Header.Tsn.Value & (uint)(capacity - 1)] = fragment;
        _ring = grown;
    }

    private bool Fits(Tsn tsn, int capacity)
    {
        if (_ring.Length == 0) return true;
        if (capacity == _ring.Length) return At(tsn).Pooled is null;
        // Grown rings keep the distances of the old one; only the newcomer needs a look.
        foreach (ref var fragment in _ring.AsSpan())
            if (fragment.Pooled is not null && ((fragment.Header.Tsn.Value ^ tsn.Value) & (uint)(capacity - 1)) == 0) return false;
        return true;
    }
}
