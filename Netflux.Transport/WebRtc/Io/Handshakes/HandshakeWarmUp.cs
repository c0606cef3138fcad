using Netflux.Core;
using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>Two connections of this process that connect to each other, say one thing, and close.</summary>
internal sealed class HandshakeWarmUp(DtlsHandshakes handshakes, DtlsOptions options)
{
    private readonly object _lock = new();
    private bool _hasProgressed;

    /// <summary>Whether they connected.</summary>
    public bool Run()
    {
        DtlsFingerprint[] own = [handshakes.Identity.Fingerprint];
        var client = new DtlsConnection(DtlsRole.Client, own, handshakes, Progressed, options);
        var server = new DtlsConnection(DtlsRole.Server, own, handshakes, Progressed, options);
        client.Start(Instant.Zero);
        while (!(client.IsConnected && server.IsConnected) && TryWait())
        {
            Carry(client, server);
            Carry(server, client);
        }
        var connected = client.IsConnected && server.IsConnected;
        Span<byte> record = stackalloc byte[DtlsConnection.Headroom + 1 + DtlsConnection.Tailroom];
        record = record[..client.Protect(record, 1)];
        server.TryOpen(ref record, Instant.Zero, out _);
        client.Close(Instant.Zero);
        server.Close(Instant.Zero);
        return connected;
    }

    private void Progressed()
    {
        lock (_lock)
        {
            _hasProgressed = true;
            Monitor.Pulse(_lock);
        }
    }

    private bool TryWait()
    {
        lock (_lock)
        {
            var progressed = _hasProgressed || Monitor.Wait(_lock, options.HandshakeTimeout);
            _hasProgressed = false;
            return progressed;
        }
    }

    private static void Carry(DtlsConnection from, DtlsConnection to)
    {
        from.HandleProgress(Instant.Zero);
        while (from.TryTakeDatagram(out var datagram))
        {
            var arriving = datagram.ToArray().AsSpan();
            while (to.TryOpen(ref arriving, Instant.Zero, out _))
            {
            }
        }
    }
}
