namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>
/// Puts the records of a flight together into as few datagrams as they fit into (RFC 6347 §4.1.1), where BouncyCastle sends a datagram for each: five fewer chances
/// to be lost, and five fewer system calls.
/// </summary>
internal sealed class HandshakeDatagrams(int bytesMax, int datagramsMax)
{
    private readonly Queue<byte[]> _closed = new();
    private readonly List<byte> _open = [];

    public void Add(ReadOnlySpan<byte> record)
    {
        if (_open.Count + record.Length > bytesMax) Close();
        _open.AddRange(record);
    }

    /// <summary>The flight is complete. False where nothing was added since the last.</summary>
    public bool Close()
    {
        if (_open.Count == 0) return false;
        _closed.Enqueue([.. _open]);
        _open.Clear();
        while (_closed.Count > datagramsMax) _closed.Dequeue();
        return true;
    }

    public bool TryTake(out ReadOnlyMemory<byte> datagram)
    {
        var taken = _closed.TryDequeue(out var bytes);
        datagram = bytes;
        return taken;
    }
}
