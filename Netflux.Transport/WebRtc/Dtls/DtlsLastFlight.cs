using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>
/// The server's ChangeCipherSpec and Finished. Who sends the last flight never hears that it arrived, so it is sent again whenever the other side repeats its own
/// (RFC 6347 §4.2.4): the same messages in records with new numbers.
/// </summary>
/// <param name="plainSequence">The first number of epoch 0 that is free.</param>
/// <param name="finished">The message Finished, its head included.</param>
internal sealed class DtlsLastFlight(ulong plainSequence, byte[] finished)
{
    /// <summary>RFC 5246 §7.4.9: 20; the other side's repeated flight is known by it, because it is authenticated, and others cannot have us send.</summary>
    private const byte FinishedType = 20;

    private ulong _plainSequence = plainSequence;

    public static bool IsFinished(ReadOnlySpan<byte> message) => message.Length > 0 && message[0] == FinishedType;

    public byte[] Write(DtlsRecords records)
    {
        ReadOnlySpan<byte> changeCipherSpec = [1];
        var plainLength = DtlsRecordHeader.Bytes + changeCipherSpec.Length;
        var datagram = new byte[plainLength + finished.Length + DtlsRecords.Overhead];
        new DtlsRecordHeader(DtlsContentType.ChangeCipherSpec, DtlsRecordHeader.Version12, new(0, _plainSequence++), (ushort)changeCipherSpec.Length).Write(datagram);
        changeCipherSpec.CopyTo(datagram.AsSpan(DtlsRecordHeader.Bytes));
        var sealing = datagram.AsSpan(plainLength);
        finished.CopyTo(sealing[DtlsRecords.Headroom..]);
        records.Seal(DtlsContentType.Handshake, sealing, finished.Length);
        return datagram;
    }
}
