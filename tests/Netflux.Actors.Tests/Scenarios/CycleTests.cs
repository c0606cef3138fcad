using Akka.Actor;
using Netflux.Messages;
using Netflux.TestKit;
using Xunit.Abstractions;

namespace Netflux.Scenarios;

/// <summary>What measures the whole process runs when nothing else does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Coming and going, again and again, leaves actors, timers, handles and heap where they were.</summary>
[Collection(nameof(Alone))]
public class CycleTests(ITestOutputHelper output)
{
    /// <summary>Fills what is bounded and kept on purpose, such as pools and histories.</summary>
    private const int WarmUp = 200;

    // Everything that lingers is over after a minute: sessions 10 s, leases 30 s, doors without members 60 s.
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(90);

    // The heap of a process at rest moves by some 300 KiB either way, in steps, as the runtime keeps house. A cycle that kept a session, an actor or a timer would keep
    // kilobytes; 10,000 cycles that kept 50 bytes each would be seen.
    private const long HeapGrowthMax = 500_000;

    // The proofs of the last links are remembered on purpose (FacadeOptions.ProofHistoryMax); few of them are enough here.
    private static readonly TestPeerOptions s_options = new() { Facade = options => options with { Handshake = new() { ProofsRemembered = 16 } } };

    [Fact]
    public Task Joining_and_leaving() => JoinAndLeaveAsync(500);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Joining_and_leaving_10_000_times() => JoinAndLeaveAsync(10_000);

    [Fact]
    public Task Connecting_and_disconnecting() => ConnectAndDisconnectAsync(300);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Connecting_and_disconnecting_10_000_times() => ConnectAndDisconnectAsync(10_000);

    [Fact]
    public Task Cutting_and_resuming() => CutAndResumeAsync(500);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Cutting_and_resuming_10_000_times() => CutAndResumeAsync(10_000);

    [Fact]
    public async Task Asking_and_cancelling_10_000_times()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann", s_options);
        await SameAfterAsync(world, 10_000, async i =>
        {
            var request = new ConnectPeer(new Uri(world.Server.Url, $"/meet/nobody-{i}"));
            var asked = ann.Ask<PeerConnected>(request);
            // Some are withdrawn before they were sent on, some while they wait.
            if (i % 2 == 0) await world.Advance(TimeSpan.FromMilliseconds(20));
            await ann.Ask<RequestCancelled>(new CancelRequest(request.RequestId));
            asked.FailsWith(NetfluxError.Cancelled);
        });
    }

    private async Task JoinAndLeaveAsync(int cycles)
    {
        await using var world = new NetfluxWorld(1);
        var network = await world.Peer("ann", s_options).CreateAsync(Topology.FullMesh());
        var bob = world.Peer("bob", s_options);
        await SameAfterAsync(world, cycles, async i =>
        {
            await bob.JoinAsync(network.Address);
            await bob.LeaveAsync();
            // Mostly the session lives on until the next time; now and then all of it ends.
            if (i % 10 == 0) await world.Advance(15.Seconds());
        });
    }

    private async Task ConnectAndDisconnectAsync(int cycles)
    {
        await using var world = new NetfluxWorld(1);
        var (ann, bob) = (world.Peer("ann", s_options), world.Peer("bob", s_options));
        await SameAfterAsync(world, cycles, async i =>
        {
            await world.All(ann.MeetAsync($"here-{i}"), bob.MeetAsync($"here-{i}"));
            await ann.Ask<PeerDisconnected>(new DisconnectPeer(bob.Id));
            await world.Advance(1.Seconds());
        });
    }

    private async Task CutAndResumeAsync(int cycles)
    {
        await using var world = new NetfluxWorld(1);
        var (ann, bob) = (world.Peer("ann", s_options), world.Peer("bob", s_options));
        var network = await ann.CreateAsync(Topology.FullMesh());
        await bob.JoinAsync(network.Address);
        await world.Advance(1.Seconds());
        await SameAfterAsync(world, cycles, async i =>
        {
            await bob.BroadcastAsync($"{i}");
            world.Link(ann, bob).Cut(midFrame: i % 2 == 0);
            await world.Until(() => ann.Received.Count > 0 && ann.Received[^1] == $"{i}", 10.Seconds());
        });
        Assert.Empty(ann.All<PeerLeaving>());
    }

    private async Task SameAfterAsync(NetfluxWorld world, int cycles, Func<int, Task> cycle)
    {
        for (var i = 0; i < WarmUp; i++) await cycle(i);
        var before = await MeasureAsync(world);
        for (var i = WarmUp; i < WarmUp + cycles; i++)
        {
            await cycle(i);
            if (i % 100 == 0) world.ForgetThePast();
        }
        var after = await MeasureAsync(world);
        output.WriteLine($"{cycles} cycles: {before} → {after}");
        Assert.Equal((before.Actors, before.Timers, before.Links), (after.Actors, after.Timers, after.Links));
        Assert.InRange(after.Handles - before.Handles, int.MinValue, 8);
        Assert.InRange(after.HeapBytes - before.HeapBytes, long.MinValue, HeapGrowthMax);
        world.AssertPromises();
    }

    private static async Task<Measured> MeasureAsync(NetfluxWorld world)
    {
        await world.Advance(s_settle);
        world.ForgetThePast();
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        var handles = Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : 0;
        return new(Actors(((ExtendedActorSystem)world.System).Guardian), world.PendingTimers, world.Network.Links.Count, handles, GC.GetTotalMemory(forceFullCollection: false));
    }

    private static int Actors(IActorRef actor) => actor is ActorRefWithCell cell ? 1 + cell.Children.Sum(Actors) : 1;

    private sealed record Measured(int Actors, int Timers, int Links, int Handles, long HeapBytes);
}
