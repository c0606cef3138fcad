using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Akka.Actor;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.TestTools;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.WebSockets;
using Npgsql;
using Xunit.Abstractions;

namespace Netflux.Host.Tracking;

/// <summary>Three nodes, many clients, and a node that dies every twenty seconds.</summary>
[Trait("Category", "Soak")]
public sealed class ClusterSoakTests(ITestOutputHelper output) : IDisposable
{
    private const int Networks = 60, Clients = 300;
    private static readonly TimeSpan s_down = TimeSpan.FromSeconds(12), s_round = TimeSpan.FromSeconds(20), s_still = TimeSpan.FromSeconds(30), s_patience = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system = ActorSystem.Create("clients", "akka { stdout-loglevel = OFF, loglevel = OFF }");
    private readonly WebSocketDialer _dialer = new(new WebSocketLinkOptions { DialsMax = Clients, DialsWaitingMax = Clients });
    private readonly Stopwatch _watch = new();
    private readonly List<(TimeSpan At, int Node, string What, double ConnectedAfter)> _faults = [];

    public void Dispose()
    {
        _system.Dispose();
        _dialer.Dispose();
    }

    [RequiresFact(Tool.Postgres)]
    public async Task Two_minutes_lose_nothing_that_was_acknowledged()
    {
        await using var rig = await ClusterRig.StartAsync();
        var creator = new SeededPeerKeys(1);
        var networks = Enumerable.Range(0, Networks).Select(_ => Genesis.Create(creator, Topology.FullMesh(), PlatformRandom.Instance, DateTimeOffset.UtcNow)).ToArray();
        var provider = new SignalingProvider(_dialer.Servers, _dialer.ServersNamedBy, PlatformRandom.Instance);
        var owner = _system.ActorOf(provider.SignalingProps(new Uri(rig.Url(0)), creator, () => new Incarnation(1), "owner"));
        foreach (var genesis in networks) await AskAsync<DoorOpened>(owner, new OpenDoor(1, genesis.Network.ToString(), genesis.Record, DoorMode.Create, true, owner));
        await owner.GracefulStop(s_patience);
        _watch.Start();
        var clients = Enumerable.Range(0, Clients).Select(i =>
        {
            var (keys, log) = (new SeededPeerKeys((ulong)(100 + i)), new TrackingClient.Log());
            var (genesis, server) = (networks[i % Networks], new Uri(rig.Url(i % ClusterRig.Nodes)));
            return (Keys: keys, Network: genesis, Log: log, Actor: _system.ActorOf(Props.Create(() => new TrackingClient(keys, genesis, server, provider, log, () => _watch.Elapsed)), $"client-{i}"));
        }).ToArray();
        await UntilAsync(s_patience, () => Task.FromResult(clients.All(client => client.Log.Membership == TrackingClient.Membership.Yes || client.Log.Done.Any(done => done.What == "joined"))));
        var began = _watch.Elapsed;

        // The coordinator is the node that is a member longest; the one with most clients is counted; the third has shards as they all have.
        List<int> oldestFirst = [0, 1, 2];
        await FailAsync(rig, oldestFirst, 2, "an owner of shards is killed");
        await FailAsync(rig, oldestFirst, oldestFirst[0], "the coordinator is killed");
        await FailAsync(rig, oldestFirst, await WithMostClientsAsync(rig), "the one with most clients is killed");
        await StandStillAsync(rig, oldestFirst, oldestFirst[1]);
        await FailAsync(rig, oldestFirst, oldestFirst[0], "the coordinator is killed");
        await FailAsync(rig, oldestFirst, await WithMostClientsAsync(rig), "the one with most clients is killed");
        var ended = _watch.Elapsed;

        foreach (var client in clients) await client.Actor.GracefulStop(s_patience);
        await ReportAsync(rig, clients.Select(client => (client.Keys.Id, client.Network, client.Log)).ToArray(), began, ended, provider);
    }

    private async Task FailAsync(ClusterRig rig, List<int> oldestFirst, int node, string what)
    {
        var at = _watch.Elapsed;
        await rig.KillAsync(node);
        var connected = await ConnectedElsewhereAsync(rig, node, at);
        _faults.Add((at, node, what, connected));
        await UntilTimeAsync(at + s_down);
        rig.Begin(node);
        oldestFirst.Remove(node);
        oldestFirst.Add(node);
        await rig.ListensAsync(node); // two that are away at once are another story: the one that is left cannot take all clients of one address
        await UntilTimeAsync(at + s_round);
    }

    private async Task StandStillAsync(ClusterRig rig, List<int> oldestFirst, int node)
    {
        var at = _watch.Elapsed;
        await rig[node].SignalAsync("STOP");
        var connected = await ConnectedElsewhereAsync(rig, node, at);
        _faults.Add((at, node, "stands still for 30 s", connected));
        await UntilTimeAsync(at + s_still);
        await rig[node].SignalAsync("CONT");
        Assert.Equal(1, await rig[node].ExitAsync());
        rig.Begin(node);
        oldestFirst.Remove(node);
        oldestFirst.Add(node);
        await rig.ListensAsync(node);
    }

    /// <summary>How long it takes until all clients are connected to the other nodes.</summary>
    private async Task<double> ConnectedElsewhereAsync(ClusterRig rig, int node, TimeSpan since)
    {
        await UntilAsync(s_patience, async () => (await CountAsync(rig, node)).Sum(count => count.Clients) >= Clients);
        return (_watch.Elapsed - since).TotalSeconds;
    }

    private static async Task<int> WithMostClientsAsync(ClusterRig rig) => (await CountAsync(rig, -1)).MaxBy(count => count.Clients).Node;

    private static async Task<List<(int Node, int Clients)>> CountAsync(ClusterRig rig, int except)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        List<(int, int)> counts = [];
        for (var node = 0; node < ClusterRig.Nodes; node++)
        {
            if (node == except) continue;
            try { counts.Add((node, JsonDocument.Parse(await http.GetStringAsync(rig.Url(node).Replace("ws:", "http:", StringComparison.Ordinal) + "/netflux/stats")).RootElement.GetProperty("connections").GetInt32())); }
            catch (Exception away) when (away is HttpRequestException or TaskCanceledException) { }
        }
        return counts;
    }

    private async Task ReportAsync(ClusterRig rig, (PeerId Peer, Genesis Network, TrackingClient.Log Log)[] clients, TimeSpan began, TimeSpan ended, SignalingProvider provider)
    {
        var members = await MembersAsync(rig, clients.Select(client => client.Network).Distinct(), provider);
        var known = clients.Where(client => client.Log.Membership != TrackingClient.Membership.Unknown).ToList();
        var lost = known.Where(client => members[client.Network.Network].Contains(client.Peer) != (client.Log.Membership == TrackingClient.Membership.Yes)).ToList();
        var acknowledged = clients.Sum(client => client.Log.Done.Count(done => done.What is "joined" or "left"));
        var introduced = clients.Sum(client => client.Log.Done.Count(done => done.What == "introduced"));
        // A network is served when one of its clients is answered.
        var gaps = clients.GroupBy(client => client.Network.Network).Select(network => LongestGap(network.SelectMany(client => client.Log.Done).Where(Answered).Select(done => done.At), began, ended)).ToList();
        var interleaved = await InterleavedWritersAsync(rig);
        Say($"{Clients} clients, {Networks} networks, {(ended - began).TotalSeconds:0} s: {acknowledged} changes acknowledged, {introduced} introductions heard");
        foreach (var (at, node, what, after) in _faults) Say($"at {(at - began).TotalSeconds:0} s node {node}: {what}; all clients connected to the others after {after:0.0} s");
        Say($"longest time in which no client of a network was answered: median {gaps.Order().ElementAt(gaps.Count / 2):0.0} s, worst {gaps.Max():0.0} s");
        Say($"clients whose last change was acknowledged: {known.Count}; of those not as acknowledged in the store: {lost.Count}; rooms in which two writers took turns: {interleaved}");
        Assert.Empty(lost.Select(client => client.Peer));
        Assert.Equal(0, interleaved);
        Assert.All(_faults, fault => Assert.InRange(fault.ConnectedAfter, 0, 10));
        Assert.InRange(gaps.Max(), 0, 20);
    }

    private static bool Answered((TimeSpan At, string What) done) => done.What is "entered" or "joined" or "left" or "listed";

    private static double LongestGap(IEnumerable<TimeSpan> times, TimeSpan began, TimeSpan ended)
    {
        List<TimeSpan> ordered = [began, .. times.Where(time => time > began && time < ended).Order(), ended];
        return ordered.Zip(ordered.Skip(1), (one, next) => (next - one).TotalSeconds).Max();
    }

    /// <summary>Asked by one more who becomes a member of each.</summary>
    private async Task<Dictionary<NetworkId, HashSet<PeerId>>> MembersAsync(ClusterRig rig, IEnumerable<Genesis> networks, SignalingProvider provider)
    {
        var keys = new SeededPeerKeys(2);
        var checker = _system.ActorOf(provider.SignalingProps(new Uri(rig.Url(0)), keys, () => new Incarnation(1), "checker"));
        Dictionary<NetworkId, HashSet<PeerId>> members = [];
        foreach (var genesis in networks)
        {
            await AskAsync<DoorOpened>(checker, new OpenDoor(1, genesis.Network.ToString(), genesis.Record, DoorMode.Join, false, checker));
            var admission = Admission.Issue(keys, genesis, keys.Id, null, mayInvite: true, DateTimeOffset.UtcNow, null);
            await AskAsync<MemberTracked>(checker, new TrackMember(1, genesis.Network, MemberRecord.Create(keys, genesis, new Incarnation(1), 1, "checker", admission, [], relays: false).Record));
            var listed = await AskAsync<TrackedListed>(checker, new ListTracked(1, genesis.Network));
            members.Add(genesis.Network, [.. listed.Members.Select(member => MemberRecord.TryParse(member.Record, genesis, DateTimeOffset.UtcNow, out var record, out var why) ? record.Id : throw new InvalidOperationException(why))]);
        }
        return members;
    }

    private static async Task<T> AskAsync<T>(IActorRef server, object ask) => Assert.IsType<T>(await server.Ask(ask, s_patience));

    /// <summary>Each start of a room writes under a name of its own. A room that two nodes served at once would have names that come back.</summary>
    private static async Task<int> InterleavedWritersAsync(ClusterRig rig)
    {
        await using var connection = new NpgsqlConnection(rig.Database.Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""SELECT persistence_id, writer_uuid FROM journal WHERE persistence_id LIKE 'net/%' ORDER BY persistence_id, sequence_number""", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var (room, writer, interleaved) = ("", "", 0);
        HashSet<string> before = [];
        while (await reader.ReadAsync())
        {
            if (reader.GetString(0) != room)
            {
                (room, writer) = (reader.GetString(0), "");
                before.Clear();
            }
            if (reader.GetString(1) is var next && next != writer && !before.Add(writer = next)) interleaved++;
        }
        return interleaved;
    }

    private async Task UntilTimeAsync(TimeSpan time)
    {
        if (time - _watch.Elapsed is { Ticks: > 0 } left) await Task.Delay(left);
    }

    private static async Task UntilAsync(TimeSpan patience, Func<Task<bool>> isSo)
    {
        for (var watch = Stopwatch.StartNew(); !await isSo(); await Task.Delay(100)) Assert.True(watch.Elapsed < patience, "It did not come to be.");
    }

    private void Say(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
