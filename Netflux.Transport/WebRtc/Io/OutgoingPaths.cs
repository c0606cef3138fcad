using System.Buffers;
using System.Net;
using Netflux.Core;
using Netflux.Transport.WebRtc.PeerConnections;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// Takes a connection's datagrams and sends them, those of one path and one size in one call. Guarded by the lock of its connection.
/// </summary>
internal sealed class OutgoingPaths(RtcPort port, RtcConnection connection)
{
    /// <summary>Room for one datagram. Source: arithmetic, Ethernet's 1,500; none of ours is larger than 1,280 with all headers.</summary>
    private const int DatagramBytesMax = 1_500;

    /// <summary>Remote addresses whose form for the system is kept; beyond that all are made anew. Source: guess, the pairs of a small checklist.</summary>
    private const int AddressesMax = 64;

    private readonly Dictionary<(int Socket, TransportAddress To), SocketAddress?> _addresses = [];
    private (int Socket, TransportAddress To) _last = (-1, default);
    private SocketAddress? _lastAddress;

    public void Send(PeerConnection core, Instant now)
    {
        byte[]? buffer = null;
        var (begin, end, size, socket) = (0, 0, 0, 0);
        TransportAddress to = default;
        while (true)
        {
            buffer ??= ArrayPool<byte>.Shared.Rent(UdpOffload.BytesMax);
            if (buffer.Length - end < DatagramBytesMax)
            {
                Send(socket, to, buffer.AsSpan(begin, end - begin), size);
                (begin, end) = (0, 0);
            }
            if (!core.TryTakeDatagram(buffer.AsSpan(end, DatagramBytesMax), now, out var length, out var nextSocket, out var nextTo)) break;
            if (StunMessage.IsStun(buffer.AsSpan(end, length))) port.ExpectResponse(buffer.AsSpan(end, length), connection, now);
            var joins = end > begin && nextSocket == socket && nextTo == to && length <= size && (end - begin) % size == 0
                && (end - begin) / size < UdpOffload.SegmentsMax && end - begin + length <= UdpOffload.BytesMax;
            if (!joins)
            {
                Send(socket, to, buffer.AsSpan(begin, end - begin), size);
                (begin, size, socket, to) = (end, length, nextSocket, nextTo);
            }
            end += length;
        }
        Send(socket, to, buffer.AsSpan(begin, end - begin), size);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Send(int socket, in TransportAddress to, ReadOnlySpan<byte> datagrams, int size)
    {
        if (datagrams.IsEmpty) return;
        if (socket < 0)
        {
            for (; datagrams.Length > size; datagrams = datagrams[size..]) port.SendOnStream(connection, socket, datagrams[..size]);
            port.SendOnStream(connection, socket, datagrams);
        }
        else if (port.FindSocket(socket) is { } udp && AddressOf(udp, to) is { } address) udp.Send(datagrams, size, address);
    }

    private SocketAddress? AddressOf(UdpSocket udp, in TransportAddress to)
    {
        if (_last.Socket == udp.Id && _last.To == to) return _lastAddress;
        _last = (udp.Id, to);
        if (!_addresses.TryGetValue(_last, out _lastAddress))
        {
            if (_addresses.Count == AddressesMax) _addresses.Clear();
            _addresses.Add(_last, _lastAddress = udp.AddressOf(to));
        }
        return _lastAddress;
    }
}
