using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Dtls.Records;

/// <summary>
/// Seals and opens the records of epoch 1, in place and without allocation. It is the only holder of the keys, also while the handshake runs: the library seals its
/// Finished here, and what follows goes on from there.
/// <code>
/// ┌───────────┬────────────────────┬────────────────┬──────────┐
/// │ head (13) │ explicit nonce (8) │ sealed text    │ tag (16) │
/// └───────────┴────────────────────┴────────────────┴──────────┘
/// nonce             salt (4) ‖ explicit nonce (8)                      RFC 5288 §3; as a sender we take epoch and sequence number for the latter
/// associated data   epoch and sequence number ‖ type ‖ version ‖ length of the text    RFC 5246 §6.2.3.3, RFC 6347 §4.1.2.1
/// </code>
/// </summary>
internal sealed class DtlsRecords : IDisposable
{
    public const ushort Epoch = 1;
    public const int ExplicitNonceBytes = 8;
    public const int TagBytes = 16;
    public const int Headroom = DtlsRecordHeader.Bytes + ExplicitNonceBytes;
    public const int Overhead = Headroom + TagBytes;

    /// <summary>RFC 5246 §6.2.1.</summary>
    public const int TextBytesMax = 1 << 14;

    private const int NonceBytes = DtlsRecordKeys.SaltBytes + ExplicitNonceBytes;
    private const int AssociatedBytes = 13;

    private readonly IRecordSealer _sealer;
    private readonly IRecordOpener _opener;
    private readonly byte[] _sealingSalt;
    private readonly byte[] _openingSalt;
    private ReplayWindow _opened;
    private ulong _next;

    /// <summary>Takes the keys over: they are erased from <paramref name="keys"/>.</summary>
    public DtlsRecords(DtlsRecordKeys keys, IRecordCiphers ciphers)
    {
        ArgumentNullException.ThrowIfNull(ciphers);
        (_sealer, _sealingSalt) = (ciphers.CreateSealer(keys.SealingKey), keys.SealingSalt.ToArray());
        (_opener, _openingSalt) = (ciphers.CreateOpener(keys.OpeningKey), keys.OpeningSalt.ToArray());
        keys.Clear();
    }

    /// <summary>How many numbers have been used; none of them is left.</summary>
    public ulong Sealed => _next;

    public ulong Opened { get; private set; }

    /// <summary>Records that did not open, and were neither old nor known.</summary>
    public ulong Forged { get; private set; }

    /// <summary>Seals the text at <paramref name="buffer"/>[<see cref="Headroom"/>..] under the next number and writes what belongs around it. Returns the record's length.</summary>
    public int Seal(DtlsContentType type, Span<byte> buffer, int textLength) => Seal(type, _next, buffer, textLength);

    /// <summary>
    /// Seals under a number that the caller has drawn. GCM under a nonce that was used before gives away the key that authenticates and the difference of two texts
    /// (RFC 5288 §6.1), so numbers go up only, whoever draws them: a number that is not above all used ones is a bug, and throws before anything is sealed.
    /// </summary>
    public int Seal(DtlsContentType type, ulong sequence, Span<byte> buffer, int textLength)
    {
        if (sequence < _next) throw new InvalidOperationException($"Record {sequence} would be sealed, but all below {_next} are used: a nonce would be used twice.");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(textLength, TextBytesMax);
        var number = new RecordNumber(Epoch, sequence);
        _next = sequence + 1;

        new DtlsRecordHeader(type, DtlsRecordHeader.Version12, number, (ushort)(ExplicitNonceBytes + textLength + TagBytes)).Write(buffer);
        BinaryPrimitives.WriteUInt64BigEndian(buffer[DtlsRecordHeader.Bytes..], number.Value);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        WriteNonce(nonce, _sealingSalt, buffer[DtlsRecordHeader.Bytes..]);
        WriteAssociated(associated, type, number, textLength);
        _sealer.Seal(nonce, buffer.Slice(Headroom, textLength), buffer.Slice(Headroom + textLength, TagBytes), associated);
        return textLength + Overhead;
    }

    /// <summary>
    /// Opens a record in place. False, and the record is to be dropped in silence (RFC 6347 §4.1.2.7), where it is of another epoch, was opened before, is too old to
    /// tell, or was changed.
    /// </summary>
    /// <param name="header">The record's.</param>
    /// <param name="fragment">What follows the head.</param>
    /// <param name="text">Within <paramref name="fragment"/>.</param>
    public bool TryOpen(scoped in DtlsRecordHeader header, Span<byte> fragment, out Span<byte> text)
    {
        text = default;
        var textLength = fragment.Length - ExplicitNonceBytes - TagBytes;
        if (header.Number.Epoch != Epoch || header.Version != DtlsRecordHeader.Version12 || textLength is < 0 or > TextBytesMax) return false;
        if (!_opened.IsFresh(header.Number.Sequence)) return false;
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        WriteNonce(nonce, _openingSalt, fragment);
        WriteAssociated(associated, header.Type, header.Number, textLength);
        var opened = fragment.Slice(ExplicitNonceBytes, textLength);
        if (!_opener.TryOpen(nonce, opened, fragment[^TagBytes..], associated))
        {
            Forged++;
            return false;
        }
        _opened.Mark(header.Number.Sequence);
        Opened++;
        text = opened;
        return true;
    }

    public void Dispose()
    {
        _sealer.Dispose();
        _opener.Dispose();
    }

    private static void WriteNonce(Span<byte> nonce, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> explicitNonce)
    {
        salt.CopyTo(nonce);
        explicitNonce[..ExplicitNonceBytes].CopyTo(nonce[DtlsRecordKeys.SaltBytes..]);
    }

    private static void WriteAssociated(Span<byte> associated, DtlsContentType type, RecordNumber number, int textLength)
    {
        BinaryPrimitives.WriteUInt64BigEndian(associated, number.Value);
        associated[8] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(associated[9..], DtlsRecordHeader.Version12);
        BinaryPrimitives.WriteUInt16BigEndian(associated[11..], (ushort)textLength);
    }
}
