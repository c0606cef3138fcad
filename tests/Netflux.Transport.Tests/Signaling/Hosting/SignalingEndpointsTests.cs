using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using Akka.Actor;
using AkkaKit = Akka.TestKit.Xunit2.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.WebSockets;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Hosting;

/// <summary>Real sockets on loopback: Kestrel on one side, Websocket.Client on the other.</summary>
[Trait("Rim", "socket")]
public sealed class SignalingEndpointsTests : AkkaKit
{
    private readonly WebSocketDialer _dialer = new(new());

    public SignalingEndpointsTests() : base("akka { loglevel = WARNING, test.single-expect-default = 30s }")
    {
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _dialer.Dispose();
    }

    private IActorRef Client(Uri server, IPeerKeys keys, string name, ulong incarnation = 1) =>
        Sys.ActorOf(new SignalingProvider(_dialer.Servers, _dialer.ServersNamedBy, PlatformRandom.Instance).SignalingProps(server, keys, () => new Incarnation(incarnation), name));

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://[::1]:0")]
    public async Task Two_meet_at_a_door_and_introduce_themselves(string url)
    {
        await using var host = await SignalingHost.StartAsync(url: url);
        var (alice, bob) = (Client(host.Server, Alice, "alice"), Client(host.Server, Bob, "bob"));
        var (ofAlice, ofBob) = (CreateTestProbe(), CreateTestProbe());

        alice.Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.JoinOrCreate, false, ofAlice), ofAlice);
        var created = ofAlice.ExpectMsg<DoorOpened>();
        Assert.True(created.Created);
        Assert.Equal(Lobby.Network, created.Genesis.Network);
        Assert.Empty(created.Members);

        bob.Tell(new OpenDoor("b", "lobby", Other.Record, DoorMode.JoinOrCreate, false, ofBob), ofBob);
        var joined = ofBob.ExpectMsg<DoorOpened>();
        Assert.Equal("b", joined.Token);
        Assert.False(joined.Created);
        Assert.Equal(Lobby.Network, joined.Genesis.Network);
        var member = Assert.Single(joined.Members);
        Assert.Equal((Alice.Id, "alice", new Incarnation(1)), (member.Card.Id, member.DisplayName, member.Incarnation));

        bob.Tell(new SendIntroduction(Alice.Id, Lobby.Network.ToString(), new byte[] { 1, 2, 3 }), ofBob);
        var arrived = ofAlice.ExpectMsg<IntroductionArrived>();
        Assert.Equal((Bob.Id, Lobby.Network.ToString()), (arrived.From, arrived.Room));
        Assert.Equal([1, 2, 3], arrived.Sealed.ToArray());

        bob.Tell(new SendIntroduction(Carol.Id, Lobby.Network.ToString(), new byte[] { 1 }), ofBob);
        Assert.Equal(NetfluxError.UnknownPeer, ofBob.ExpectMsg<IntroductionFailed>().Why);
    }

    [Fact]
    public async Task Two_meet_at_a_meeting_point()
    {
        await using var host = await SignalingHost.StartAsync();
        var (alice, bob) = (Client(host.Server, Alice, "alice"), Client(host.Server, Bob, "bob"));
        var (ofAlice, ofBob) = (CreateTestProbe(), CreateTestProbe());
        alice.Tell(new WaitAtMeetingPoint(1, "k1", ofAlice), ofAlice);
        bob.Tell(new WaitAtMeetingPoint(1, "k1", ofBob), ofBob);
        var (a, b) = (ofAlice.ExpectMsg<PeerMet>(), ofBob.ExpectMsg<PeerMet>());
        Assert.Equal((Bob.Id, Alice.Id), (a.Other.Card.Id, b.Other.Card.Id));
        Assert.True(a.First ^ b.First);
        bob.Tell(new SendIntroduction(Alice.Id, "meet/k1", new byte[] { 9 }), ofBob);
        Assert.Equal("meet/k1", ofAlice.ExpectMsg<IntroductionArrived>().Room);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(200)]
    public async Task What_is_no_signaling_server_is_called_so_within_five_seconds(int status)
    {
        await using var other = await SignalingHost.StartOtherAsync(status);
        var failed = AskForLobby(other.Server);
        Assert.Equal(NetfluxError.NotASignalingServer, failed.Error);
        Assert.Contains(other.Server.Authority, failed.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_listens_the_answer_names_the_address_within_five_seconds()
    {
        using var taken = new Socket(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound and not listening: refused
        var server = new Uri($"ws://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}");
        var failed = AskForLobby(server);
        Assert.Equal(NetfluxError.ServerUnreachable, failed.Error);
        Assert.Contains(server.Authority, failed.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_listens_and_says_nothing_is_unreachable_within_five_seconds()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        Assert.Equal(NetfluxError.ServerUnreachable, AskForLobby(new Uri($"ws://127.0.0.1:{((IPEndPoint)mute.LocalEndpoint).Port}")).Error);
    }

    private SignalingFailed AskForLobby(Uri server)
    {
        var probe = CreateTestProbe();
        var watch = Stopwatch.StartNew();
        Client(server, Alice, "alice").Tell(new OpenDoor(1, "lobby", default, DoorMode.Join, false, probe), probe);
        var failed = probe.ExpectMsg<SignalingFailed>(TimeSpan.FromSeconds(15));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        return failed;
    }

    [Fact]
    public async Task A_newer_process_replaces_the_older_which_is_told()
    {
        await using var host = await SignalingHost.StartAsync();
        var (parent, probe) = (CreateTestProbe(), CreateTestProbe());
        var older = parent.ChildActorOf(new SignalingProvider(_dialer.Servers, _dialer.ServersNamedBy, PlatformRandom.Instance).SignalingProps(host.Server, Alice, () => new Incarnation(5), "alice"));
        older.Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.Create, false, probe), probe);
        probe.ExpectMsg<DoorOpened>();
        Client(host.Server, Alice, "alice", incarnation: 6).Tell(new OpenDoor(2, "lobby", default, DoorMode.Join, false, probe), probe);
        Assert.Equal(new NewerIncarnationSeen(new(6), true), parent.ExpectMsg<NewerIncarnationSeen>());
        probe.ExpectMsg<DoorOpened>();
    }

    [Fact]
    public async Task After_a_restart_on_the_same_port_members_register_again()
    {
        var first = await SignalingHost.StartAsync();
        var url = first.Http.ToString();
        var (alice, bob) = (Client(first.Server, Alice, "alice"), Client(first.Server, Bob, "bob"));
        var (ofAlice, ofBob) = (CreateTestProbe(), CreateTestProbe());
        alice.Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.Create, false, ofAlice), ofAlice);
        ofAlice.ExpectMsg<DoorOpened>();
        var watch = Stopwatch.StartNew();
        await first.StopAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5)); // connections do not hold the application
        await first.DisposeAsync();
        await using var second = await SignalingHost.StartAsync(url: url);
        Assert.Equal(Lobby.Network, ofAlice.ExpectMsg<DoorReopened>(TimeSpan.FromSeconds(15)).Network);
        bob.Tell(new OpenDoor(1, "lobby", default, DoorMode.Join, false, ofBob), ofBob);
        Assert.Equal(Alice.Id, Assert.Single(ofBob.ExpectMsg<DoorOpened>().Members).Card.Id);
    }

    /// <summary>All clients come at once after a restart. The pool gives a process of few processors one more thread each half second.</summary>
    [Fact]
    public async Task First_clients_hold_no_threads_while_the_server_begins()
    {
        const int Clients = 200;
        var (came, threads) = (new Arrivals(Clients), ThreadPool.ThreadCount);
        using var mayBegin = new ManualResetEventSlim();
        await using var host = await SignalingHost.StartAsync(add: services => services.AddSingleton<IStartupFilter>(came).AddSingleton(_ => mayBegin.Wait(TimeSpan.FromSeconds(60)) ? Sys : throw new TimeoutException()));
        var clients = Enumerable.Range(0, Clients).Select(_ => new ClientWebSocket()).ToList();
        var connecting = clients.ConvertAll(client => client.ConnectAsync(new Uri(host.Server, SignalingPath.Upgrade), CancellationToken.None));
        await came.All.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.InRange(ThreadPool.ThreadCount - threads, int.MinValue, Clients / 2);
        Assert.DoesNotContain(connecting, connected => connected.IsCompleted);
        mayBegin.Set();
        await Task.WhenAll(connecting);
        clients.ForEach(client => client.Dispose());
    }

    /// <summary>Says when so many requests are there.</summary>
    private sealed class Arrivals(int count) : IStartupFilter
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public Task All => _all.Task;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((_, after) =>
            {
                if (Interlocked.Decrement(ref _left) == 0) _all.SetResult();
                return after();
            });
            next(app);
        };
    }

    [Fact]
    public async Task Plain_http_gets_a_useful_answer()
    {
        await using var host = await SignalingHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http, Timeout = TimeSpan.FromSeconds(5) };
        Assert.Contains($"netflux chat NAME --server {host.Server.GetLeftPart(UriPartial.Authority)}", await http.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Contains($"netflux chat lobby --server ws://{host.Http.Authority}", await http.GetStringAsync("/net/lobby"), StringComparison.Ordinal);
        Assert.Contains($"netflux meet ws://{host.Http.Authority}/meet/k", await http.GetStringAsync("/meet/k"), StringComparison.Ordinal);

        using var upgrade = await http.GetAsync("/netflux/signal");
        Assert.Equal(HttpStatusCode.UpgradeRequired, upgrade.StatusCode);
        Assert.Contains("WebSocket", await upgrade.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/net/lobby") { Headers = { { "Accept", "application/json" } } };
        using var answer = await http.SendAsync(request);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("network", json.RootElement.GetProperty("kind").GetString());
        Assert.Equal($"ws://{host.Http.Authority}/net/lobby", json.RootElement.GetProperty("address").GetString());
        Assert.False(json.RootElement.GetProperty("tracks").GetBoolean());

        using var bad = await http.GetAsync("/net/a%20b");
        Assert.Equal(HttpStatusCode.NotFound, bad.StatusCode);
    }

    [Fact]
    public async Task The_counters_count_signaling_only()
    {
        await using var host = await SignalingHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        Assert.Equal((0, 0, 0, 0), await StatsAsync(http));
        var probe = CreateTestProbe();
        Client(host.Server, Alice, "alice").Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.Create, false, probe), probe);
        probe.ExpectMsg<DoorOpened>();
        var (bytesIn, bytesOut, connections, doors) = await StatsAsync(http);
        Assert.True(bytesIn > 200 && bytesOut > 200, $"{bytesIn} in, {bytesOut} out");
        Assert.Equal((1, 1), (connections, doors));
        Assert.Equal((bytesIn, bytesOut, 1, 1), await StatsAsync(http)); // flat while nothing is said
    }

    private static async Task<(long In, long Out, int Connections, int Doors)> StatsAsync(HttpClient http)
    {
        using var json = JsonDocument.Parse(await http.GetStringAsync("/netflux/stats"));
        var root = json.RootElement;
        return (root.GetProperty("bytes_in").GetInt64(), root.GetProperty("bytes_out").GetInt64(), root.GetProperty("connections").GetInt32(), root.GetProperty("doors").GetInt32());
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("https://allowed.example", true)]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    public async Task Only_web_pages_of_allowed_origins_connect(string? origin, bool allowed)
    {
        await using var host = await SignalingHost.StartAsync(new() { AllowedOrigins = ["https://allowed.example"] });
        using var socket = new ClientWebSocket();
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.CollectHttpResponseDetails = true;
        var connected = await TryConnectAsync(socket, host);
        Assert.Equal(allowed, connected);
        if (!allowed) Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    private static async Task<bool> TryConnectAsync(ClientWebSocket socket, SignalingHost host)
    {
        try
        {
            await socket.ConnectAsync(new Uri(host.Server, "/netflux/signal"), CancellationToken.None);
            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    [Fact]
    public async Task Garbage_is_answered_with_a_close_code_and_a_reason()
    {
        await using var host = await SignalingHost.StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(host.Server, "/netflux/signal"), CancellationToken.None);
        await socket.SendAsync(new byte[] { 0xFF, 0xFF, 0xFF }, WebSocketMessageType.Binary, true, CancellationToken.None);
        var buffer = new byte[4096];
        Assert.Equal(WebSocketMessageType.Binary, (await socket.ReceiveAsync(buffer, CancellationToken.None)).MessageType); // the server's hello
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(buffer, CancellationToken.None)).MessageType);
        Assert.Equal((4010, "A message that cannot be read came."), ((int)socket.CloseStatus!, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task Beyond_the_connections_of_one_address_the_server_is_busy()
    {
        await using var host = await SignalingHost.StartAsync(new() { ConnectionsPerAddressMax = 1 });
        var probe = CreateTestProbe();
        Client(host.Server, Alice, "alice").Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.Create, false, probe), probe);
        probe.ExpectMsg<DoorOpened>();
        Client(host.Server, Bob, "bob").Tell(new OpenDoor(2, "lobby", default, DoorMode.Join, false, probe), probe);
        Assert.Equal(NetfluxError.ServerBusy, probe.ExpectMsg<SignalingFailed>().Error);
    }

    [Fact]
    public async Task A_server_dialled_by_a_name_that_is_not_its_own_says_what_to_do()
    {
        await using var host = await SignalingHost.StartAsync();
        var probe = CreateTestProbe();
        // 127.0.0.2 reaches nothing here; a listener bound to 127.0.0.1 knows localhost too.
        Client(new Uri($"ws://localhost:{host.Http.Port}"), Alice, "alice").Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.Create, false, probe), probe);
        probe.ExpectMsg<DoorOpened>();
        await using var behindProxy = await SignalingHost.StartAsync(new() { PublicUrls = [new("wss://netflux.example.org")] });
        Client(behindProxy.Server, Bob, "bob").Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.Create, false, probe), probe);
        probe.ExpectMsg<DoorOpened>(); // bound addresses stay its own beside the public ones
    }
}
