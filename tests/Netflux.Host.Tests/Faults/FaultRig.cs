using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Netflux.ChainPeer;
using Netflux.Host.Server;
using Netflux.Transport.Signaling;

namespace Netflux.Host.Faults;

/// <summary>A signaling server in this process, and peers as processes of their own that meet there.</summary>
internal sealed class FaultRig : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly CancellationTokenSource _patience;

    private FaultRig(WebApplication server, TimeSpan patience) => (_server, _patience) = (server, new(patience));

    /// <summary>Ends a test that hangs; it never decides one.</summary>
    public CancellationToken Patience => _patience.Token;

    /// <summary>A silent link is noticed soon, and the window to come back is wide: what these tests are about is not how fast a loaded machine is.</summary>
    public const string PatientTopology = """{"type":"full-mesh","slowMember":"wait","pingAfterMs":500,"suspectAfterMs":1500,"resumeWindowMs":120000}""";

    public static async Task<FaultRig> StartAsync(TimeSpan patience) =>
        new(await SignalingHost.StartAsync(["http://127.0.0.1:0"], new SignalingServerOptions(), false, CancellationToken.None), patience);

    /// <summary>A peer whose links a proxy of WebSockets can cut: where there are data channels, they take over.</summary>
    public Task<ChainPeerProcess> JoinAsync(string name, int? port = null, string? advertise = null) => ChainPeerProcess.JoinAsync(new("join")
    {
        Server = _server.Urls.First().Replace("http://", "ws://", StringComparison.Ordinal),
        Network = "faults",
        Topology = PatientTopology,
        WebSocketOnly = true,
        Name = name,
        Listen = port is { } listen ? $"ws://127.0.0.1:{listen}" : null,
        Advertise = advertise,
    }, Patience);

    /// <summary>Until both see each other.</summary>
    public async Task MeetAsync(ChainPeerProcess left, ChainPeerProcess right)
    {
        await left.ExpectAsync("peerJoining", Patience);
        await right.ExpectAsync("peerJoining", Patience);
    }

    public static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _patience.Dispose();
    }
}
