using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>
/// The chunks between the other's cumulative TSN and the last one given, in a ring by TSN: a SACK touches each once, without a search. States stand apart from chunks, so that
/// looking for the next one in a state runs over bytes.
/// </summary>
internal sealed class OutstandingData(Tsn initial)
{
    private const int CapacityMin = 16;

    /// <summary>As far as gap blocks reach (RFC 9260 §3.3.4).</summary>
    public const int CountMax = 65_535;

    private OutstandingChunk[] _chunks = [];
    private ChunkState[] _states = [];

    /// <summary>The last TSN that the other has acknowledged with all before it.</summary>
    public Tsn Acknowledged { get; private set; } = initial.Previous;

    /// <summary>The TSN that the next new chunk gets.</summary>
    public Tsn Next { get; private set; } = initial;

    public int Count => Next - Acknowledged - 1;

    public bool IsFull => Count >= CountMax;

    /// <summary>Bytes in flight, as packets carry them.</summary>
    public long FlightBytes { get; private set; }

    /// <summary>Chunks to be sent again.</summary>
    public int LostCount { get; private set; }

    public ref OutstandingChunk this[Tsn tsn] => ref _chunks[tsn.Value & (uint)(_chunks.Length - 1)];

    public ChunkState StateOf(Tsn tsn) => _states[tsn.Value & (uint)(_states.Length - 1)];

    public bool Contains(Tsn tsn) => tsn > Acknowledged && tsn < Next;

    /// <summary>Adds a chunk behind the last one and gives it its TSN; the caller fills it.</summary>
    public ref OutstandingChunk Add(int wireLength, ChunkState state)
    {
        if (Count == _chunks.Length) Resize(Math.Max(CapacityMin, _chunks.Length * 2));
        var index = Next.Value & (uint)(_chunks.Length - 1);
        Next = Next.Next;
        _states[index] = state;
        ref var chunk = ref _chunks[index];
        chunk = default;
        chunk.WireLength = (ushort)wireLength;
        if (state == ChunkState.InFlight) FlightBytes += wireLength;
        return ref chunk;
    }

    public void Set(Tsn tsn, ChunkState state)
    {
        var index = tsn.Value & (uint)(_chunks.Length - 1);
        var before = _states[index];
        if (before == state) return;
        _states[index] = state;
        if (before == ChunkState.InFlight) FlightBytes -= _chunks[index].WireLength;
        else if (before == ChunkState.Lost) LostCount--;
        if (state == ChunkState.InFlight) FlightBytes += _chunks[index].WireLength;
        else if (state == ChunkState.Lost) LostCount++;
    }

    /// <summary>Forgets the first chunk; the caller has released its payload.</summary>
    public void RemoveFirst()
    {
        var first = Acknowledged.Next;
        Set(first, ChunkState.Free);
        this[first].Slab = null;
        Acknowledged = first;
    }

    /// <summary>The first TSN from <paramref name="from"/> on, before <paramref name="end"/>, whose chunk is in this state.</summary>
    public bool TryFind(ChunkState state, Tsn from, Tsn end, out Tsn found)
    {
        var left = end - from;
        while (left > 0)
        {
            // Up to the end of the ring, then from its beginning.
            var index = (int)(from.Value & (uint)(_states.Length - 1));
            var run = Math.Min(left, _states.Length - index);
            var at = _states.AsSpan(index, run).IndexOf(state);
            if (at >= 0)
            {
                found = from + at;
                return true;
            }
            from += run;
            left -= run;
        }
        found = default;
        return false;
    }

    /// <summary>The first TSN from <paramref name="from"/> on, before <paramref name="end"/>, of which no gap block has told yet.</summary>
    public bool TryFindUnacknowledged(Tsn from, Tsn end, out Tsn found)
    {
        var left = end - from;
        while (left > 0)
        {
            var index = (int)(from.Value & (uint)(_states.Length - 1));
            var run = Math.Min(left, _states.Length - index);
            var at = _states.AsSpan(index, run).IndexOfAnyExcept(ChunkState.Acknowledged, ChunkState.Abandoned);
            if (at >= 0)
            {
                found = from + at;
                return true;
            }
            from += run;
            left -= run;
        }
        found = default;
        return false;
    }

    /// <summary>Gives memory back where nothing is outstanding.</summary>
    public void Trim()
    {
        if (Count > 0) return;
        (_chunks, _states) = ([], []);
    }

    private void Resize(int capacity)
    {
        var chunks = new OutstandingChunk[capacity];
        var states = new ChunkState[capacity];
        for (var tsn = Acknowledged.Next; tsn < Next; tsn = tsn.Next)
        {
            var index = tsn.Value & (uint)(capacity - 1);
            chunks[index] = this[tsn];
            states[index] = StateOf(tsn);
        }
        (_chunks, _states) = (chunks, states);
    }
}
