using Netflux.Core;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>What comes from the network, and what goes there.</summary>
internal sealed partial class PeerConnection
{
    private readonly Queue<ControlDatagram> _control = new();
    private readonly Queue<byte[]> _earlyRecords = new();
    private Route? _route;
    private long _bytesSent, _bytesReceived, _packetsSent, _packetsReceived;

    /// <summary>Where data goes: the pair that ICE selected, or before that where the first DTLS flight of the other side came from.</summary>
    private sealed record Route(Base From, TransportAddress To);

    private readonly record struct ControlDatagram(Base From, TransportAddress To, ReadOnlyMemory<byte> Bytes);

    /// <summary>One message that came, as <see cref="DatagramSplitter"/> takes them apart: of DTLS perhaps several records. They are decrypted in place.</summary>
    public void HandleDatagram(int socket, in TransportAddress from, DatagramKind kind, Span<byte> message, Instant now)
    {
        if (_state is PeerConnectionState.Closed) return;
        _bytesReceived += message.Length;
        _packetsReceived++;
        if (FindBase(socket) is not { } local) return;
        switch (kind)
        {
            case DatagramKind.Stun: HandleStun(local, from, message, now); break;
            case DatagramKind.Dtls: HandleRecords(local, from, message, now); break;
        }
    }

    /// <summary>
    /// Writes the next datagram that may leave into <paramref name="room"/>, which holds a whole one. False when there is none for now.
    /// </summary>
    public bool TryTakeDatagram(Span<byte> room, Instant now, out int length, out int socket, out TransportAddress to)
    {
        if (_control.TryDequeue(out var control))
        {
            control.Bytes.Span.CopyTo(room);
            (length, socket, to) = (control.Bytes.Length, control.From.Socket, control.To);
        }
        else
        {
            length = _route is null ? 0 : WriteData(room, now);
            (socket, to) = _route is { } route ? (route.From.Socket, route.To) : (0, default);
        }
        if (length == 0) return false;
        _bytesSent += length;
        _packetsSent++;
        return true;
    }

    /// <summary>A flight of the handshake, an alert, or a packet of the association in a record.</summary>
    private int WriteData(Span<byte> room, Instant now)
    {
        if (_dtls is not { } dtls) return 0;
        if (dtls.TryTakeDatagram(out var datagram))
        {
            datagram.Span.CopyTo(room);
            return datagram.Length;
        }
        if (!dtls.IsConnected || _association is not { } association) return 0;
        var length = association.WritePacket(room[DtlsConnection.Headroom..^DtlsConnection.Tailroom], now);
        return length == 0 ? 0 : dtls.Protect(room, length);
    }

    private void HandleRecords(Base local, in TransportAddress from, Span<byte> records, Instant now)
    {
        if (_dtls is not { } dtls)
        {
            // The offerer has answered checks and does not have the answer yet. Who drops this waits a second for the other's repetition.
            if (_earlyRecords.Count < _options.EarlyRecordsMax && records.Length <= _options.Dtls.HandshakeRecordBytesMax) _earlyRecords.Enqueue(records.ToArray());
            _route ??= new(local, from);
            return;
        }
        // RFC 8445 §12: ICE has not chosen yet, but whoever sends this has proved to be the other side, and our answer to it is what he waits for.
        _route ??= new(local, from);
        OpenRecords(dtls, records, now);
    }

    private void OpenRecords(DtlsConnection dtls, Span<byte> records, Instant now)
    {
        while (dtls.TryOpen(ref records, now, out var packet)) _association?.HandlePacket(packet, now);
        DrainDtls(now);
        DrainAssociation(now);
    }

    private void SendControl(Base from, in TransportAddress to, ReadOnlyMemory<byte> bytes)
    {
        if (_control.Count == _options.ControlDatagramsMax) _control.Dequeue();
        _control.Enqueue(new(from, to, bytes));
    }
}
