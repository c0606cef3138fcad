using Netflux.Client;
using Netflux.Host.Cli;
using Netflux.Host.Faults;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Tracking;

/// <summary>Hosts that show their members what does not fit together, over sockets, and one that never does.</summary>
[Trait("Category", "Rim")]
public sealed class TrackerEquivocatedTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-equivocated").FullName;
    private readonly int[] _ports = [FaultRig.FreePort(), FaultRig.FreePort()];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Two_hosts_with_one_key_that_went_apart_are_found_out_by_members_of_both_that_talk()
    {
        var host = await HostAsync("one", 0, 1);
        Assert.Equal(0, (await NetfluxProcess.RunAsync(["create", "lobby", "--tracker", UrlOf(0), "--name", "ann", "--identity", PathOf("ann.pem")])).ExitCode);
        await using var ann = await JoinedAsync("ann", 0);
        await using var bob = await JoinedAsync("bob", 1);
        await ann.ExpectAsync("peerJoining");
        await StopAsync(host);
        Directory.CreateDirectory(PathOf("other"));
        foreach (var file in Directory.GetFiles(PathOf("one"))) File.Copy(file, Path.Combine(PathOf("other"), Path.GetFileName(file)));

        await using var one = await HostAsync("one", 0);
        await using var other = await HostAsync("other", 1);
        await using var carol = await JoinedAsync("carol", 0);
        await using var dave = await JoinedAsync("dave", 1);
        foreach (var member in new[] { ann, bob })
        {
            var told = await member.ExpectAsync("trackerEquivocated", e => e.Text("how") == "twoRoots");
            var (first, second) = (Read(told.GetProperty("first").GetBytesFromBase64()), Read(told.GetProperty("second").GetBytesFromBase64()));
            Assert.Equal((first.Epoch, first.Tracker, told.Text("network")), (second.Epoch, second.Tracker, first.Network.ToString()));
            Assert.Equal(told.Text("tracker"), first.Tracker.ToString());
            Assert.False(first.Agrees(second));
        }
    }

    [Fact]
    public async Task A_host_that_goes_on_from_a_backup_is_found_out()
    {
        var host = await HostAsync("store", 0);
        await using var ann = await StartAsync("ann");
        var network = await ann.Client.CreateAsync(Topology.FullMesh(), "lobby", track: true);
        Directory.CreateDirectory(PathOf("backup"));
        Assert.Equal(0, (await NetfluxProcess.RunAsync(["backup", PathOf("backup/tracking.db"), "--data", PathOf("store")])).ExitCode);
        File.Copy(PathOf("store/server.pem"), PathOf("backup/server.pem"));
        await using (await JoinedAsync("carol", 0)) { }
        Assert.Equal(2, (await network.GetTrackedMembersAsync()).Count);
        await StopAsync(host);

        await using var again = await HostAsync("backup", 0);
        using var patience = new CancellationTokenSource(NetfluxProcess.Patience);
        await foreach (var happened in network.Events(patience.Token))
        {
            if (happened is not TrackerEquivocated told) continue;
            var (first, second) = (Read(told.First), Read(told.Second));
            Assert.Equal((TrackerContradiction.LowerEpoch, told.Tracker, told.Tracker), (told.How, first.Tracker, second.Tracker));
            Assert.Equal((2ul, 1ul), (first.Epoch, second.Epoch)); // with carol, and without her
            return;
        }
        Assert.Fail("The events ended.");
    }

    [Fact]
    public async Task A_host_that_is_killed_again_and_again_is_never_found_out()
    {
        await using var ann = await StartAsync("ann");
        NetfluxNetwork? network = null;
        for (var round = 1; round <= 3; round++)
        {
            await using var host = await HostAsync("store", 0);
            network ??= await ann.Client.CreateAsync(Topology.FullMesh(), "lobby", track: true);
            await using var bob = await StartAsync("bob");
            await using var carol = await StartAsync($"carol{round}");
            var (bobs, carols) = (bob.Client.JoinAsync(AddressOf("lobby")), carol.Client.JoinAsync(AddressOf("lobby")));
            await carols;
            var listing = network.GetTrackedMembersAsync();
            await (await bobs).LeaveAsync();
            await listing;
            Assert.Equal(1 + round, (await network.GetTrackedMembersAsync()).Count);
            host.Kill();
            await host.ExitAsync();
        }
        await using var last = await HostAsync("store", 0);
        Assert.Equal(4, (await network!.GetTrackedMembersAsync()).Count);
        await network.LeaveAsync();
        await foreach (var happened in network.Events()) Assert.IsNotType<TrackerEquivocated>(happened);
    }

    private async Task<NetfluxProcess> HostAsync(string folder, params int[] ports)
    {
        var host = NetfluxProcess.Start(["host", "--urls", string.Join(';', ports.Select(port => $"http://127.0.0.1:{_ports[port]}")), "--data", PathOf(folder), "--json"]);
        await host.ExpectAsync("listening");
        return host;
    }

    private static async Task StopAsync(NetfluxProcess host)
    {
        await host.SignalAsync("INT");
        Assert.Equal(0, await host.ExitAsync());
        await host.DisposeAsync();
    }

    private string UrlOf(int port) => $"ws://127.0.0.1:{_ports[port]}";

    private async Task<NetfluxProcess> JoinedAsync(string name, int port)
    {
        var process = NetfluxProcess.Start("join", "lobby", "--tracker", UrlOf(port), "--name", name, "--identity", PathOf(name + ".pem"), "--json");
        await process.ExpectAsync("joined");
        return process;
    }

    private static TrackerRoot Read(ReadOnlyMemory<byte> record) => TrackerRoot.TryParse(record, out var root) ? root : throw new InvalidOperationException("The evidence is not signed.");

    private NetworkAddress AddressOf(string name) => NetworkAddress.TryParse($"{UrlOf(0)}/net/{name}", out var address, out var why) ? address : throw new InvalidOperationException(why);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private Task<RunningPeer> StartAsync(string name) =>
        RunningPeer.StartAsync(new NetfluxOptions { Server = new(UrlOf(0)), DisplayName = name, IdentityFile = PathOf(name + ".pem") }, verbose: false, CancellationToken.None);
}
