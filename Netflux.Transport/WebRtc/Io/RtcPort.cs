using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Netflux.Core;
using Netflux.Io;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;
using Netflux.Transport.WebRtc.Io.Handshakes;
using Netflux.Transport.WebRtc.PeerConnections;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>One UDP port and the certificate behind it, for all connections of a process.</summary>
internal sealed class RtcPort : IDisposable
{
    private const int MainId = 0;

    private readonly RtcPortOptions _options;
    private readonly DtlsIdentity _identity;
    private readonly DtlsHandshakes _handshakes;
    private readonly UdpSocket _main;
    private readonly ConcurrentDictionary<int, UdpSocket> _further = new();
    private readonly ConcurrentDictionary<RtcConnection, ConnectionSockets> _connections = new();
    private readonly NameResolver _names = new();
    private readonly KnownHostAddresses _addresses;
    private readonly Lock _gate = new();
    private int _lastSocket = MainId;
    private bool _isDisposed;

    private RtcPort(RtcPortOptions options, ILoggerFactory loggers)
    {
        _options = options;
        _addresses = new(options);
        Logger = loggers.CreateLogger<RtcPort>();
        _identity = DtlsIdentity.Create(DateTimeOffset.UtcNow);
        _handshakes = new(_identity, DtlsOptions.Default, AesGcmCiphers.Instance);
        try
        {
            _main = UdpSocket.Open(MainId, options.Port, hasThread: true, options, new PortReceiver(Routes), Logger);
        }
        catch
        {
            Deadlines.Dispose();
            DisposeRest();
            throw;
        }
    }

    /// <summary>The UDP port.</summary>
    public int Port => _main.Port;

    internal ILogger Logger { get; }

    internal DeadlineThread Deadlines { get; } = new();

    internal RouteTable<RtcConnection> Routes { get; } = new();

    /// <summary>The port is bound at once; an address in use throws <see cref="System.Net.Sockets.SocketException"/>.</summary>
    public static RtcPort Create(RtcPortOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        RtcWarmUp.Begin();
        return new(options, loggers);
    }

    /// <summary>A connection in the state new. Null where the port has as many as it may, or is disposed.</summary>
    public RtcConnection? NewConnection(IRtcListener listener, RtcConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(listener);
        ArgumentNullException.ThrowIfNull(options);
        lock (_gate)
        {
            if (_isDisposed || _connections.Count >= _options.ConnectionsMax) return null;
            var sockets = new ConnectionSockets(this);
            var connection = new RtcConnection(this, listener, self =>
            {
                sockets.Connection = self;
                return new PeerConnection(new PeerConnectionOptions { IceServers = options.IceServers, RelayOnly = options.RelayOnly }, _identity, _handshakes, self.HandleHandshakeProgress, sockets, PlatformRandom.Instance);
            });
            _connections[connection] = sockets;
            return connection;
        }
    }

    /// <summary>Closes every connection and the sockets.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
        }
        foreach (var connection in _connections.Keys) connection.Close();
        Deadlines.Dispose(); // tells the listeners first
        _main.Dispose();
        foreach (var socket in _further.Values) socket.Dispose();
        DisposeRest();
    }

    private void DisposeRest()
    {
        _names.Dispose();
        _addresses.Dispose();
        _identity.Dispose();
    }

    internal LocalSocket DescribeMain() => Describe(_main);

    internal LocalSocket Describe(UdpSocket socket) => new(socket.Id, [.. _addresses.Find().Select(address => TransportAddress.From(address, socket.Port))]);

    internal UdpSocket? OpenFurther()
    {
        lock (_gate)
        {
            if (_isDisposed || _further.Count >= _options.FurtherSocketsMax) return null;
        }
        try
        {
            var socket = UdpSocket.Open(Interlocked.Increment(ref _lastSocket), 0, hasThread: false, _options, new PortReceiver(Routes), Logger);
            _further[socket.Id] = socket;
            return socket;
        }
        catch (System.Net.Sockets.SocketException e)
        {
            RtcLog.NoFurtherSocket(Logger, e.SocketErrorCode);
            return null;
        }
    }

    internal void Close(UdpSocket socket)
    {
        _further.TryRemove(socket.Id, out _);
        socket.Dispose();
    }

    internal UdpSocket? FindSocket(int id) => id == MainId ? _main : _further.GetValueOrDefault(id);

    /// <summary>A STUN message leaves: if it asks for a response, that is for this connection.</summary>
    internal void ExpectResponse(ReadOnlySpan<byte> message, RtcConnection connection, Instant now)
    {
        if (StunMessage.TryParse(message, out var stun) && stun.Class == StunClass.Request) Routes.AddTransaction(stun.Id, connection, now);
    }

    /// <summary>Does what a connection wants of its port. False for what its listener is to be told.</summary>
    internal bool TryCarry(RtcConnection connection, PeerConnectionInstruction instruction)
    {
        switch (instruction)
        {
            case ResolveName i:
                _names.Resolve(i.Name, addresses => connection.Post((core, now) => core.HandleNameResolved(i.Name, addresses, now)));
                return true;
            default:
                return false;
        }
    }

    internal void SendOnStream(RtcConnection connection, int stream, ReadOnlySpan<byte> message) => SocketsOf(connection)?.SendOnStream(stream, message);

    private ConnectionSockets? SocketsOf(RtcConnection connection) => _connections.GetValueOrDefault(connection);

    internal void Remove(RtcConnection connection)
    {
        if (_connections.TryRemove(connection, out var sockets)) sockets.Close();
    }
}
