using System.Runtime.CompilerServices;

namespace Netflux.Transport.WebRtc.Dtls.Records;

/// <summary>
/// Which sequence numbers have been opened (RFC 6347 §4.1.2.6). RFC 6347 asks for 32 numbers at least and recommends 64; here it is 960, as a ring of 16 words of
/// which one is being entered (RFC 6479), because a burst of a whole send window may be reordered by more than 64. It does not shift, so width costs nothing.
/// </summary>
internal struct ReplayWindow
{
    private const int Words = 16;

    /// <summary>How far behind the highest number one may be and still be taken.</summary>
    public const int Width = (Words - 1) * 64;

    private Bits _bits;
    private ulong _highest;

    /// <summary>Whether a number is neither known nor too old to tell.</summary>
    public readonly bool IsFresh(ulong sequence) =>
        sequence > _highest || (_highest - sequence < Width && (_bits[WordOf(sequence)] & BitOf(sequence)) == 0);

    /// <summary>Only for what has been authenticated: others must not be able to move the window.</summary>
    public void Mark(ulong sequence)
    {
        if (sequence > _highest)
        {
            var (entered, entering) = (_highest / 64, sequence / 64);
            for (var word = Math.Max(entered + 1, entering < Words ? 0 : entering - Words + 1); word <= entering; word++) _bits[(int)(word % Words)] = 0;
            _highest = sequence;
        }
        _bits[WordOf(sequence)] |= BitOf(sequence);
    }

    private static int WordOf(ulong sequence) => (int)(sequence / 64 % Words);

    private static ulong BitOf(ulong sequence) => 1UL << (int)(sequence % 64);

    [InlineArray(Words)]
    private struct Bits
    {
        private ulong _first;
    }
}
