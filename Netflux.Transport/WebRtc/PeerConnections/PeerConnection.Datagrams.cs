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
    private byte[]? _unwrapped; // a datagram before a relay's header is put before it
    private long _bytesSent, _bytesReceived, _packetsSent, _packetsReceived;

    /// <summary>Where data goes: the pair that ICE selected, or before that where the first DTLS flight of the other side came from.</summary>
    private sealed record Route(Base From, TransportAddress To);

    private readonly record struct ControlDatagram(int Socket, Relay? Through, TransportAddress To, ReadOnlyMemory<byte> Bytes);

    /// <summary>One message that came, as <see cref="DatagramSplitter"/> takes them apart: of DTLS perhaps several records. They are decrypted in place.</summary>
    public void HandleDatagram(int socket, in TransportAddress from, DatagramKind kind, Span<byte> message, Instant now)
    {
        if (_state is PeerConnectionState.Closed) return;
        _bytesReceived += message.Length;
        _packetsReceived++;
        if (FindRelay(socket, from) is { } relay)
        {
            if (relay.Allocation.TryUnwrap(message, now, out var peer, out var inner))
            {
                if (relay.Base is { } at && !inner.IsEmpty) HandleMessage(at, peer, DatagramSplitter.KindOf(inner[0]), inner, now);
                return;
            }
            DrainRelay(relay, now); // what is not for the allocation may answer a question of gathering
        }
        if (FindBase(socket) is { } local) HandleMessage(local, from, kind, message, now);
    }

    /// <summary>
    /// Writes the next datagram that may leave into <paramref name="room"/>, which holds a whole one. False when there is none for now.
    /// </summary>
    public bool TryTakeDatagram(Span<byte> room, Instant now, out int length, out int socket, out TransportAddress to)
    {
        do
        {
            if (TryTakeControl(room, now, out length, out socket, out to) || TryTakeCheck(room, now, out length, out socket, out to)) return Count(length);
        }
        while (_control.Count > 0); // a relay was asked for a channel to where a check goes
        if (_route is not { } route) return false;
        var relay = route.From.Relay;
        (socket, to) = (route.From.Socket, relay?.Server ?? route.To);
        if (relay is null)
        {
            length = WriteData(room, now);
            return length > 0 && Count(length);
        }
        _unwrapped ??= new byte[room.Length];
        while (WriteData(_unwrapped, now) is > 0 and var written)
        {
            length = Envelop(relay, route.To, _unwrapped.AsSpan(0, written), room, now);
            if (length > 0) return Count(length);
            if (_control.Count > 0) return TryTakeDatagram(room, now, out length, out socket, out to);
        }
        return false;
    }

    private bool TryTakeControl(Span<byte> room, Instant now, out int length, out int socket, out TransportAddress to)
    {
        while (_control.TryDequeue(out var control))
        {
            (socket, to) = (control.Socket, control.Through?.Server ?? control.To);
            length = Envelop(control.Through, control.To, control.Bytes.Span, room, now);
            if (length > 0) return true;
        }
        (length, socket, to) = (0, 0, default);
        return false;
    }

    /// <summary>ICE's checks and its answers.</summary>
    private bool TryTakeCheck(Span<byte> room, Instant now, out int length, out int socket, out TransportAddress to)
    {
        (length, socket, to) = (0, 0, default);
        while (_state != PeerConnectionState.Closed && _agent is { } agent && agent.TryTakeMessage(room, out length, out var from, out to))
        {
            var at = _bases[from.Id];
            socket = at.Socket;
            if (at.Relay is not { } relay) return true;
            var peer = to;
            to = relay.Server;
            length = Envelop(relay, peer, Unwrapped(room, length), room, now);
            if (length > 0) return true;
        }
        length = 0;
        return false;
    }

    private ReadOnlySpan<byte> Unwrapped(ReadOnlySpan<byte> room, int length)
    {
        _unwrapped ??= new byte[room.Length];
        room[..length].CopyTo(_unwrapped);
        return _unwrapped.AsSpan(0, length);
    }

    private bool Count(int length)
    {
        _bytesSent += length;
        _packetsSent++;
        return true;
    }

    /// <summary>As it leaves the socket. 0 where a relay does not take it now.</summary>
    private int Envelop(Relay? relay, in TransportAddress to, ReadOnlySpan<byte> datagram, Span<byte> room, Instant now)
    {
        if (relay is null)
        {
            datagram.CopyTo(room);
            return datagram.Length;
        }
        var length = relay.Allocation.Wrap(to, datagram, room, now);
        if (length == 0) DrainRelay(relay, now); // it asks the server for a channel to this peer first
        return length;
    }

    private void HandleMessage(Base local, in TransportAddress from, DatagramKind kind, Span<byte> message, Instant now)
    {
        switch (kind)
        {
            case DatagramKind.Stun: HandleStun(local, from, message, now); break;
            case DatagramKind.Dtls: HandleRecords(local, from, message, now); break;
        }
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

    private void SendControl(Base from, in TransportAddress to, ReadOnlyMemory<byte> bytes) => SendControl(new ControlDatagram(from.Socket, from.Relay, to, bytes));

    private void SendControl(ControlDatagram datagram)
    {
        if (_control.Count == _options.ControlDatagramsMax) _control.Dequeue();
        _control.Enqueue(datagram);
    }
}
