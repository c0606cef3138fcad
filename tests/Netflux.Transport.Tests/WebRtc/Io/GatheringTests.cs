using System.Net;
using Netflux.TestTools;
using Netflux.Transport.DataChannels;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>The candidates of one connection, asked for over real sockets: each is told once, and their end after all of them (RFC 8838 §14).</summary>
[Trait("Category", "Rim")]
public sealed class GatheringTests : IDisposable
{
    private readonly RtcPort _port = RtcPeer.OpenPort();

    public void Dispose() => _port.Dispose();

    [Fact]
    public async Task How_a_server_sees_us_is_told_before_the_end()
    {
        using var server = new StunResponder(new(IPAddress.Parse("198.51.100.7"), 4000));
        var told = await GatherAsync(new() { IceServers = [new(server.Url)] });
        Assert.Matches(@"^candidate:\S+ 1 udp \d+ 127\.0\.0\.1 \d+ typ host ", told[0]);
        Assert.Matches(@"^candidate:\S+ 1 udp \d+ 198\.51\.100\.7 4000 typ srflx ", told[1]);
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public async Task A_server_without_a_NAT_in_between_tells_nothing_new()
    {
        using var server = new StunResponder(null);
        Assert.Matches("typ host ", Assert.Single(await GatherAsync(new() { IceServers = [new(server.Url)] })));
    }

    [RequiresTheory(Tool.Turnserver), InlineData("udp"), InlineData("tcp")]
    public async Task What_a_TURN_server_relays_for_us_is_told_before_the_end(string transport)
    {
        await using var server = await Turnserver.StartAsync();
        var told = await GatherAsync(new() { RelayOnly = true, IceServers = [new(server.Url(transport), Turnserver.User, Turnserver.Password)] });
        Assert.Contains($" {server.Address.Address} ", Assert.Single(told), StringComparison.Ordinal);
        Assert.Contains(" typ relay raddr 0.0.0.0 rport 0 ", told[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_servers_is_reported()
    {
        var report = new List<string>();
        await GatherAsync(new()
        {
            IceServers = [new("turns:192.0.2.1"), new("turn:192.0.2.1"), new("turn:127.0.0.1:1?transport=tcp", "ann", "secret")],
        }, connection => report.AddRange(connection.Report().ServerTroubles.Select(trouble => trouble.ToString())));
        Assert.Equal(
        [
            "turns:192.0.2.1: It is no URL of a STUN or TURN server, or of a kind that is not spoken here.",
            "turn:192.0.2.1: No user name and password were given for it.",
            "turn:127.0.0.1:1?transport=tcp: The TCP connection to it was not made, or broke.",
        ], report);
    }

    /// <summary>All candidates, in the order in which they were told, until their end; none may follow it.</summary>
    private async Task<IReadOnlyList<string>> GatherAsync(RtcConnectionOptions options, Action<RtcConnection>? atTheEnd = null)
    {
        var listener = new Listener();
        var connection = _port.NewConnection(listener, options)!;
        connection.OpenChannel(new() { NegotiatedId = 0 });
        connection.Offer();
        await listener.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        atTheEnd?.Invoke(connection);
        connection.Close();
        await listener.Closed.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.DoesNotContain(listener.Told, told => told.StartsWith("after the end", StringComparison.Ordinal));
        return listener.Told;
    }

    private sealed class Listener : QuietListener
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously), _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Told { get; } = [];

        public Task Ended => _ended.Task;

        public Task Closed => _closed.Task;

        public override void OnDescription(RtcConnection connection, bool isOffer, string sdp)
        {
            foreach (var line in sdp.Split("\r\n").Where(line => line.StartsWith("a=candidate:", StringComparison.Ordinal))) OnCandidate(connection, line[2..]);
        }

        public override void OnCandidate(RtcConnection connection, string candidate)
        {
            if (_ended.Task.IsCompleted) Told.Add($"after the end: {candidate}");
            else if (candidate.Length > 0) Told.Add(candidate);
            else _ended.TrySetResult();
        }

        public override void OnStateChanged(RtcConnection connection, PeerConnections.PeerConnectionState state, string why)
        {
            if (state == PeerConnections.PeerConnectionState.Closed) _closed.TrySetResult();
        }
    }
}
