using Netflux.Transport.WebRtc.Dtls.Records;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>
/// Epoch 1 as BouncyCastle sees it while the handshake runs. It draws its own record numbers; because they are used up in the same <see cref="DtlsRecords"/> that the
/// connection goes on with, neither can use one of the other's.
/// </summary>
internal sealed class EpochCipher(DtlsRecords records) : TlsCipher, TlsCipherExt
{
    private const int Overhead = DtlsRecords.ExplicitNonceBytes + DtlsRecords.TagBytes;

    public DtlsRecords Records => records;

    /// <summary>Our message Finished, once it was sealed; it is the only one in this epoch.</summary>
    public byte[]? Finished { get; private set; }

    public bool UsesOpaqueRecordType => false;

    public int GetCiphertextDecodeLimit(int plaintextLimit) => plaintextLimit + Overhead;

    public int GetCiphertextEncodeLimit(int plaintextLength, int plaintextLimit) => Math.Min(plaintextLength, plaintextLimit) + Overhead;

    public int GetPlaintextLimit(int ciphertextLimit) => ciphertextLimit - Overhead;

    public int GetPlaintextDecodeLimit(int ciphertextLimit) => ciphertextLimit - Overhead;

    public int GetPlaintextEncodeLimit(int ciphertextLimit) => ciphertextLimit - Overhead;

    public void RekeyDecoder() => throw new TlsFatalAlert(AlertDescription.internal_error);

    public void RekeyEncoder() => throw new TlsFatalAlert(AlertDescription.internal_error);

    public TlsEncodeResult EncodePlaintext(long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, byte[] plaintext, int offset, int len) =>
        EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext.AsSpan(offset, len));

    public TlsEncodeResult EncodePlaintext(long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, ReadOnlySpan<byte> plaintext)
    {
        var number = new RecordNumber((ulong)seqNo);
        // It would change to another epoch only to renegotiate, and under these keys its numbers would begin again.
        if (number.Epoch != DtlsRecords.Epoch) throw new InvalidOperationException($"A record of epoch {number.Epoch} would be sealed with the keys of epoch {DtlsRecords.Epoch}.");
        if (contentType == ContentType.handshake) Finished = plaintext.ToArray();
        var record = new byte[plaintext.Length + DtlsRecords.Overhead];
        plaintext.CopyTo(record.AsSpan(DtlsRecords.Headroom));
        var length = records.Seal((DtlsContentType)contentType, number.Sequence, record, plaintext.Length);
        return new(record, 0, length, contentType);
    }

    public TlsDecodeResult DecodeCiphertext(long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len)
    {
        var header = new DtlsRecordHeader((DtlsContentType)recordType, (ushort)recordVersion.FullVersion, new((ulong)seqNo), (ushort)len);
        // BouncyCastle drops a record for which it is told this.
        if (!records.TryOpen(header, ciphertext.AsSpan(offset, len), out var text)) throw new TlsFatalAlert(AlertDescription.bad_record_mac);
        return new(ciphertext, offset + DtlsRecords.ExplicitNonceBytes, text.Length, recordType);
    }
}
