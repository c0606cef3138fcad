using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>
/// The records that wait for BouncyCastle, in the order in which it can take them. It changes to epoch 1 as soon as it is handed a ChangeCipherSpec, and then drops
/// what is late of epoch 0; it drops what comes of epoch 1 before; either way a reordered datagram would cost a resend, or, where CertificateVerify is the late one,
/// the handshake. So Finished waits here until nothing of epoch 0 is awaited any more, and the ChangeCipherSpec that BouncyCastle then needs is made here: it says
/// nothing that the epoch of Finished does not say (RFC 9147 has abolished it), and one that was lost is not missed. Those that come are dropped.
/// </summary>
internal sealed class HandshakeRecords(int capacity)
{
    private static readonly byte[] s_changeCipherSpec = MakeChangeCipherSpec();

    private readonly Queue<byte[]> _plain = new();
    private readonly Queue<byte[]> _sealed = new();
    private bool _changed;

    /// <summary>Copied. Dropped where too many wait.</summary>
    public void Add(ReadOnlySpan<byte> record)
    {
        if (!DtlsRecordHeader.TryParse(record, out var header) || header.Type == DtlsContentType.ChangeCipherSpec) return;
        var queue = header.Number.Epoch == 0 ? _plain : _sealed;
        if (queue.Count < capacity) queue.Enqueue(record.ToArray());
    }

    /// <param name="isFinishedDue">Whether all of epoch 0 was received.</param>
    public bool TryTake(bool isFinishedDue, out ReadOnlySpan<byte> record)
    {
        byte[]? next = null;
        if (_plain.Count > 0) next = _plain.Dequeue();
        else if (isFinishedDue && _sealed.Count > 0) next = _changed ? _sealed.Dequeue() : s_changeCipherSpec;
        _changed |= next == s_changeCipherSpec;
        record = next;
        return next is not null;
    }

    // The last number of the epoch, which the other side does not come to.
    private static byte[] MakeChangeCipherSpec()
    {
        var record = new byte[DtlsRecordHeader.Bytes + 1];
        new DtlsRecordHeader(DtlsContentType.ChangeCipherSpec, DtlsRecordHeader.Version12, new(0, RecordNumber.SequenceMax), 1).Write(record);
        record[^1] = 1;
        return record;
    }
}
