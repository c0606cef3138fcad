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

    private readonly bool _webSocketOnly;

    private FaultRig(WebApplication server, TimeSpan patience, bool webSocketOnly) => (_server, _patience, _webSocketOnly) = (server, new(patience), webSocketOnly);

    /// <summary>Ends a test that hangs; it never decides one.</summary>
    public CancellationToken Patience => _patience.Token;

    /// <summary>A silent link is noticed soon, and the window to come back is wide: what these tests are about is not how fast a loaded machine is.</summary>
    public const string PatientTopology = """{"type":"full-mesh","slowMember":"wait","pingAfterMs":500,"suspectAfterMs":1500,"resumeWindowMs":120000}""";

    /// <param name="patience">After that a test that hangs is ended.</param>
    /// <param name="webSocketOnly">For links that a proxy of WebSockets is to cut: where peers have data channels, these take over.</param>
    public static async Task<FaultRig> StartAsync(TimeSpan patience, bool webSocketOnly = false) =>
        new(await SignalingHost.StartAsync(["http://127.0.0.1:0"], new SignalingServerOptions(), false, CancellationToken.None), patience, webSocketOnly);

    public Task<ChainPeerProcess> JoinAsync(string name, int? port = null, string? advertise = null) => ChainPeerProcess.JoinAsync(new("join")
    {
        Server = _server.Urls.First().Replace("http://", "ws://", StringComparison.Ordinal),
        Network = "faults",
        Topology = PatientTopology,
        WebSocketOnly = _webSocketOnly,
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
