using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>What a socket's thread does with what it receives.</summary>
internal interface IUdpReceiver
{
    /// <param name="datagrams">
    /// One datagram, or with offload several of one sender joined; empty where what was announced as more did not come. Valid, and the receiver's to write into, until
    /// it returns.
    /// </param>
    /// <param name="more">Further ones wait already: a good moment to put off what is done once for a batch.</param>
    void HandleDatagrams(UdpSocket socket, in TransportAddress from, Span<byte> datagrams, bool more);
}

/// <summary>
/// One UDP socket, for IPv6 and IPv4 where the system has both, and what receives from it: a thread that blocks on it, because asynchronous receiving costs 2.5 times
/// the processor time, measured on two cores; or, where sockets are many and most of them quiet, a wait without a thread and without a buffer.
/// With <see cref="SocketAddress"/>, because the overloads with end points allocate.
/// </summary>
internal sealed class UdpSocket : IDisposable
{
    /// <summary>Of a datagram without offload; a longer one is no use to anybody here and is cut. Source: arithmetic, above any Ethernet's MTU save jumbo frames.</summary>
    private const int PortableBytesMax = 4096;

    /// <summary>The receive buffer with offload: what the kernel joins at most. Source: an IP packet's 65,535.</summary>
    private const int JoinedBytesMax = 65_535;

    private const int ThreadStackBytes = 256 * 1024; // guess: the listener's code runs here, too

    /// <summary>After so many errors in a row there is a pause before the next receive, so that an error which stays does not take the processor. Source: guess.</summary>
    private const int ErrorsMax = 10;

    private static readonly TimeSpan s_errorsPause = TimeSpan.FromMilliseconds(1);

    private readonly Socket _socket;
    private readonly IUdpReceiver _receiver;
    private readonly ILogger _logger;
    private readonly Lock _sending = new();
    private readonly int _receivedBytesMax;
    private readonly SocketAddress _from;
    private int _segment;
    private int _errors;
    private volatile bool _canSegment;
    private volatile bool _isDisposed;

    private UdpSocket(int id, Socket socket, RtcPortOptions options, IUdpReceiver receiver, ILogger logger)
    {
        (Id, _socket, _receiver, _logger) = (id, socket, receiver, logger);
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var joins = options.Offload && UdpOffload.TryReceiveJoined(socket);
        _canSegment = options.Offload && UdpOffload.TrySetSegment(socket, 0);
        _receivedBytesMax = joins ? JoinedBytesMax : PortableBytesMax;
        _from = new(socket.AddressFamily);
    }

    public int Port { get; }

    /// <summary>Names the socket among those of its port.</summary>
    public int Id { get; }

    /// <summary>Whether several datagrams leave in one call.</summary>
    public bool CanSegment => _canSegment;

    /// <summary>Binds to every address of the machine. An occupied port throws.</summary>
    /// <param name="hasThread">Whether a thread blocks on it.</param>
    public static UdpSocket Open(int id, int port, bool hasThread, RtcPortOptions options, IUdpReceiver receiver, ILogger logger)
    {
        var socket = Bind(port);
        try
        {
            SetBuffers(socket, options.SocketBufferBytes, logger);
            IgnoreIcmp(socket);
            var udp = new UdpSocket(id, socket, options, receiver, logger);
            if (hasThread) new Thread(udp.Receive, ThreadStackBytes) { IsBackground = true, Name = $"netflux-udp-{udp.Port}" }.Start();
            else _ = udp.ReceiveAsync();
            return udp;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The form in which this socket takes addresses; null where it cannot reach the family. Made once for each remote address.</summary>
    public SocketAddress? AddressOf(in TransportAddress address)
    {
        if (_socket.AddressFamily == AddressFamily.InterNetwork) return address.IsIPv4 ? address.ToSocketAddress() : null;
        var endpoint = address.ToEndPoint();
        if (address.IsIPv4) endpoint.Address = endpoint.Address.MapToIPv6();
        return endpoint.Serialize();
    }

    /// <summary>
    /// Sends datagrams that lie one behind the other, all of the same size but for the last, which may be smaller. What the system does not take is lost, as
    /// datagrams are.
    /// </summary>
    public void Send(ReadOnlySpan<byte> datagrams, int size, SocketAddress to)
    {
        if (_canSegment)
        {
            if (TrySendSegmented(datagrams, size, to)) return;
        }
        for (; datagrams.Length > size; datagrams = datagrams[size..]) SendOne(datagrams[..size], to);
        SendOne(datagrams, to);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _socket.Dispose();
    }

    /// <summary>False where each datagram is to go by itself: nothing was sent, and it is not the path's fault.</summary>
    private bool TrySendSegmented(ReadOnlySpan<byte> datagrams, int size, SocketAddress to)
    {
        // The segment's size belongs to the socket, so setting it and sending are one step. A single datagram passes whatever is set, unless it is larger.
        lock (_sending)
        {
            var wanted = datagrams.Length > size ? size : datagrams.Length > _segment ? 0 : _segment;
            if (wanted != _segment && UdpOffload.TrySetSegment(_socket, wanted)) _segment = wanted;
            var error = SendOne(datagrams, to);
            if (error == SocketError.Success || datagrams.Length <= size || IsOfPath(error) || _isDisposed) return true;
            // A device without checksum offload refuses segments with EIO: then each datagram leaves by itself from now on.
            _canSegment = false;
            UdpOffload.TrySetSegment(_socket, 0);
            _segment = 0;
        }
        RtcLog.SegmentationRefused(_logger, Port);
        return false;
    }

    private SocketError SendOne(ReadOnlySpan<byte> datagram, SocketAddress to)
    {
        try
        {
            _socket.SendTo(datagram, SocketFlags.None, to);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            // No route, no permission, too large for the path, or an ICMP error of an earlier datagram: for the protocols above all of these are losses.
            RtcLog.SendFailed(_logger, Port, e.SocketErrorCode);
            return e.SocketErrorCode;
        }
        catch (ObjectDisposedException)
        {
            return SocketError.OperationAborted;
        }
    }

    /// <summary>Whether it says something about the way to one address at this moment, and nothing about what the socket can do.</summary>
    private static bool IsOfPath(SocketError error) => error is SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown
        or SocketError.AccessDenied or SocketError.ConnectionRefused or SocketError.AddressNotAvailable or SocketError.NoBufferSpaceAvailable;

    private void Receive()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(_receivedBytesMax, pinned: true);
        while (!_isDisposed)
        {
            if (!TryReceive(buffer, out _) && _errors > ErrorsMax) Thread.Sleep(s_errorsPause);
        }
    }

    private async Task ReceiveAsync()
    {
        var first = new byte[1];
        while (!_isDisposed)
        {
            await WaitAsync(first).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(_receivedBytesMax);
            while (TryReceive(buffer, out var more) && more)
            {
            }
            ArrayPool<byte>.Shared.Return(buffer);
            if (_errors > ErrorsMax) await Task.Delay(s_errorsPause).ConfigureAwait(false);
        }
    }

    /// <summary>Until there is a datagram or an error, either of which the next receive takes.</summary>
    private async ValueTask WaitAsync(Memory<byte> first)
    {
        try
        {
            await _socket.ReceiveAsync(first, SocketFlags.Peek).ConfigureAwait(false);
        }
        catch (SocketException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
    }

    /// <summary>False where it was an error; then, too, the receiver hears that a batch is over.</summary>
    private bool TryReceive(byte[] buffer, out bool more)
    {
        more = false;
        try
        {
            var length = _socket.ReceiveFrom(buffer, SocketFlags.None, _from);
            _errors = 0;
            more = _socket.Available > 0;
            // Also where it is empty: it may be the last of a batch.
            var isKnown = TransportAddress.TryRead(_from, out var address);
            _receiver.HandleDatagrams(this, address, isKnown ? buffer.AsSpan(0, length) : default, more);
            return true;
        }
        catch (SocketException e) when (!_isDisposed)
        {
            // An ICMP error that answers what was sent, or a datagram above the buffer.
            RtcLog.ReceiveFailed(_logger, Port, e.SocketErrorCode);
            _receiver.HandleDatagrams(this, default, default, more: false);
            _errors++;
        }
        catch (Exception) when (_isDisposed)
        {
            // Disposal interrupts the call.
        }
        return false;
    }

    private static Socket Bind(int port)
    {
        if (Socket.OSSupportsIPv6)
        {
            var dual = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                dual.DualMode = true;
                dual.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
                return dual;
            }
            catch (SocketException e) when (e.SocketErrorCode != SocketError.AddressAlreadyInUse)
            {
                dual.Dispose(); // compiled in, switched off: there is IPv4
            }
            catch
            {
                dual.Dispose();
                throw;
            }
        }
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void SetBuffers(Socket socket, int bytes, ILogger logger)
    {
        if (bytes == 0) return;
        socket.ReceiveBufferSize = bytes;
        socket.SendBufferSize = bytes;
        // Linux grants at most net.core.rmem_max, silently; it tells the double of what it granted, to cover its own structures (socket(7)).
        var granted = OperatingSystem.IsLinux() ? socket.ReceiveBufferSize / 2 : socket.ReceiveBufferSize;
        if (granted < bytes) RtcLog.BuffersCapped(logger, bytes, granted);
    }

    /// <summary>Windows tells the ICMP errors of a UDP socket as failures of its next receive (SIO_UDP_CONNRESET); nobody needs them.</summary>
    private static void IgnoreIcmp(Socket socket)
    {
        const int SioUdpConnReset = unchecked((int)0x9800000C);
        if (OperatingSystem.IsWindows()) socket.IOControl(SioUdpConnReset, [0, 0, 0, 0], null);
    }
}
