using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>
/// Takes the frames out of a link's records. Most lie within one record and are slices of it; one that goes on in the next is gathered, for which memory
/// is bounded by the limit of its kind.
/// </summary>
internal sealed class FrameReader
{
    /// <summary>Lists of members and the like. Guess: those of a full mesh of 50, four times.</summary>
    public const int ControlBytesMax = 256 << 10;

    /// <summary>What a session says without numbers is some ten bytes.</summary>
    public const int UnnumberedBytesMax = 256;

    /// <summary>Which rule the bytes broke; nothing more can be taken.</summary>
    public Violation? Broken { get; private set; }

    private FrameHeader _header;
    private byte[]? _gathered;
    private int _filled;

    /// <summary>Takes the next whole frame. False: the record is used up, or <see cref="Broken"/>. <paramref name="isSlice"/>: the body is a part of the record.</summary>
    public bool TryTake(ref ReadOnlyMemory<byte> rest, out FrameHeader header, out ReadOnlyMemory<byte> body, out bool isSlice)
    {
        (header, body, isSlice) = (default, default, false);
        if (_gathered is null)
        {
            if (rest.Length == 0 || Broken is not null) return false;
            if (!FrameHeader.TryParse(rest.Span, out header))
            {
                Broken = Violation.Of("A frame header that is cut short.");
                return false;
            }
            if (header.Length > BytesMax(header))
            {
                Broken = new(Links.CloseCode.TooLarge, "A frame above the limit of its kind.");
                return false;
            }
            rest = rest[FrameHeader.Size..];
            if (header.Length <= rest.Length)
            {
                (body, rest, isSlice) = (rest[..header.Length], rest[header.Length..], true);
                return true;
            }
            (_header, _gathered, _filled) = (header, GC.AllocateUninitializedArray<byte>(header.Length), 0);
        }
        var part = rest[..Math.Min(rest.Length, _gathered.Length - _filled)];
        part.CopyTo(_gathered.AsMemory(_filled));
        _filled += part.Length;
        rest = rest[part.Length..];
        if (_filled < _gathered.Length) return false;
        (header, body, _gathered) = (_header, _gathered, null);
        return true;
    }

    private static int BytesMax(FrameHeader header) =>
        !header.IsNumbered ? UnnumberedBytesMax
        : header.Kind == FrameKind.Control ? ControlBytesMax
        : MessageCost.WholeBytesMax;
}
