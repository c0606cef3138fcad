using System.Numerics;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>What a TSN is to who receives it.</summary>
internal enum Arrival
{
    /// <summary>The next one.</summary>
    InOrder,

    /// <summary>New, with something missing before it.</summary>
    Ahead,

    Duplicate,

    /// <summary>So far ahead that it could not be reported.</summary>
    OutOfReach,
}

/// <summary>Which TSNs have arrived: all up to the cumulative one, and beyond it a ring of bits (RFC 9260 §6.2).</summary>
internal sealed class ReceivedTsns(Tsn initial, SctpOptions options)
{
    private const int WordBits = 64;
    private const int WordsMin = 4;

    private ulong[] _words = [];
    private Tsn[] _duplicates = [];
    private int _duplicateCount;

    /// <summary>The last TSN before the first gap.</summary>
    public Tsn Cumulative { get; private set; } = initial.Previous;

    /// <summary>The highest that has arrived.</summary>
    public Tsn Highest { get; private set; } = initial.Previous;

    public bool HasGap => Highest != Cumulative;

    public ReadOnlySpan<Tsn> Duplicates => _duplicates.AsSpan(0, _duplicateCount);

    public Arrival Judge(Tsn tsn)
    {
        var ahead = tsn - Cumulative;
        if (ahead == 1) return Arrival.InOrder;
        if (ahead <= 0) return Arrival.Duplicate;
        if (ahead > options.TsnsAheadMax) return Arrival.OutOfReach;
        return tsn <= Highest && IsSet(tsn) ? Arrival.Duplicate : Arrival.Ahead;
    }

    /// <summary>Takes note of a new TSN.</summary>
    public void Add(Tsn tsn)
    {
        if (tsn == Cumulative.Next)
        {
            Cumulative = tsn;
            if (Highest < tsn) Highest = tsn;
            else PassReceived();
            return;
        }
        Reach(tsn - Cumulative);
        if (Highest < tsn) Highest = tsn;
        _words[WordOf(tsn)] |= Bit(tsn);
    }

    /// <summary>RFC 3758 §3.6: everything up to this TSN counts as arrived.</summary>
    public void Forward(Tsn cumulative)
    {
        while (Cumulative < cumulative && HasGap)
        {
            Cumulative = Cumulative.Next;
            if (_words.Length > 0) _words[WordOf(Cumulative)] &= ~Bit(Cumulative);
        }
        if (Cumulative < cumulative) Cumulative = cumulative;
        if (Highest < cumulative) Highest = cumulative;
        PassReceived();
    }

    public void AddDuplicate(Tsn tsn)
    {
        if (_duplicateCount == options.DuplicatesReportedMax) return;
        if (_duplicates.Length == 0) _duplicates = new Tsn[options.DuplicatesReportedMax];
        _duplicates[_duplicateCount++] = tsn;
    }

    public void ForgetDuplicates() => _duplicateCount = 0;

    /// <summary>Writes gap blocks from the lowest on, as many as fit; returns how many.</summary>
    public int WriteBlocks(Span<byte> destination)
    {
        var count = 0;
        var blocksMax = Math.Min(options.GapBlocksMax, destination.Length / SackChunk.BlockLength);
        var at = Cumulative.Next;
        while (count < blocksMax && at < Highest)
        {
            var start = Find(true, at);
            if (start > Highest) break;
            var end = Find(false, start).Previous;
            SackChunk.WriteBlock(destination[(count++ * SackChunk.BlockLength)..], new((ushort)(start - Cumulative), (ushort)(end - Cumulative)));
            at = end.Next;
        }
        return count;
    }

    /// <summary>Gives memory back where nothing is missing.</summary>
    public void Trim()
    {
        if (HasGap) return;
        _words = [];
        if (_duplicateCount == 0) _duplicates = [];
    }

    private void PassReceived()
    {
        if (Cumulative == Highest) return;
        var end = Find(false, Cumulative.Next);
        while (Cumulative.Next < end)
        {
            Cumulative = Cumulative.Next;
            _words[WordOf(Cumulative)] &= ~Bit(Cumulative);
        }
    }

    /// <summary>The first TSN from here on whose bit is as asked; the one behind the highest if there is none.</summary>
    private Tsn Find(bool set, Tsn from)
    {
        while (from <= Highest)
        {
            var word = set ? _words[WordOf(from)] : ~_words[WordOf(from)];
            var rest = word >> (int)(from.Value % WordBits);
            if (rest != 0)
            {
                var found = from + BitOperations.TrailingZeroCount(rest);
                return found <= Highest ? found : Highest.Next;
            }
            from += WordBits - (int)(from.Value % WordBits);
        }
        return Highest.Next;
    }

    private bool IsSet(Tsn tsn) => (_words[WordOf(tsn)] & Bit(tsn)) != 0;

    private int WordOf(Tsn tsn) => (int)(tsn.Value / WordBits & (uint)(_words.Length - 1));

    private static ulong Bit(Tsn tsn) => 1UL << (int)(tsn.Value % WordBits);

    /// <summary>Makes the ring hold this many TSNs behind the cumulative one; a word more, as they need not begin at a word's first bit.</summary>
    private void Reach(int ahead)
    {
        var needed = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(ahead / WordBits + 2, WordsMin));
        if (needed <= _words.Length) return;
        var grown = new ulong[needed];
        if (HasGap)
            for (var tsn = Cumulative.Next; tsn <= Highest; tsn = tsn.Next)
                if (IsSet(tsn)) grown[(int)(tsn.Value / WordBits & (uint)(needed - 1))] |= Bit(tsn);
        _words = grown;
    }
}
