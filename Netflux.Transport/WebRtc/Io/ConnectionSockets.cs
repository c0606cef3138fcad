using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>The sockets and routes of one connection.</summary>
internal sealed class ConnectionSockets(RtcPort port) : ISocketPort
{
    private readonly List<string> _fragments = [];
    private readonly List<UdpSocket> _further = [];
    private readonly Dictionary<int, TurnStream> _streams = [];

    /// <summary>Under whose lock all of this happens.</summary>
    public RtcConnection? Connection { private get; set; }

    public LocalSocket Main => port.DescribeMain();

    public LocalSocket? OpenFurther()
    {
        if (port.OpenFurther() is not { } socket) return null;
        _further.Add(socket);
        return port.Describe(socket);
    }

    public bool TryHold(int socket, in TransportAddress remote, HoldRight right)
    {
        var holds = port.Routes.TryClaim(socket, remote, Connection!, right, out var loser);
        // Told on another thread: this one holds the lock of our connection, and may not wait for the loser's.
        var lost = remote;
        loser?.Post((core, now) => core.HandleAddressLost(socket, lost, now));
        return holds;
    }

    public bool TryAddFragment(string fragment)
    {
        if (!port.Routes.TryAddFragment(fragment, Connection!)) return false;
        _fragments.Add(fragment);
        return true;
    }

    public void RemoveFragment(string fragment)
    {
        port.Routes.RemoveFragment(fragment, Connection!);
        _fragments.Remove(fragment);
    }

    public void Release(int socket, in TransportAddress remote) => port.Routes.Release(socket, remote, Connection!);

    public void DialStream(int stream, in TransportAddress server) => _streams.Add(stream, new(stream, server, Connection!));

    public void SendOnStream(int stream, ReadOnlySpan<byte> message)
    {
        if (_streams.TryGetValue(stream, out var open)) open.Send(message);
    }

    public void CloseStream(int stream)
    {
        if (_streams.Remove(stream, out var open)) open.Dispose();
    }

    /// <summary>Gives everything back.</summary>
    public void Close()
    {
        port.Routes.Remove(Connection!, _fragments);
        foreach (var stream in _streams.Values) stream.Dispose();
        _streams.Clear();
        foreach (var socket in _further) port.Close(socket);
        _further.Clear();
    }
}
