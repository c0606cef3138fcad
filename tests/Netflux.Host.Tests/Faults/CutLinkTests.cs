using System.Globalization;
using System.Net;
using Netflux.ChainPeer;
using Netflux.CutProxy;
using Xunit.Abstractions;

namespace Netflux.Host.Faults;

/// <summary>Two peers in two processes, linked only through a proxy in a third that cuts their links, under messages both ways that know their order.</summary>
[Trait("Category", "Rim")]
public class CutLinkTests(ITestOutputHelper output)
{
    // Measured at the proxy: up pass the request (166 bytes), Hello (to 506), Proof (to 579) and Resume (to about 640), down the answer (166), Hello (to 485),
    // Proof (to 554) and Resume (to 619).
    private const long HandshakeBytes = 700;

    [Fact]
    public Task Links_cut_40_times_under_40_000_messages_lose_double_and_disorder_nothing() => CutAsync(rounds: 4, messages: 20_000);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Links_cut_100_times_under_100_000_messages_lose_double_and_disorder_nothing() => CutAsync(rounds: 10, messages: 50_000);

    [Fact]
    [Trait("Category", "Soak")]
    public async Task Where_both_listen_and_both_dial_again_nothing_is_lost_doubled_or_disordered_either()
    {
        const long messages = 60_000;
        var seed = Seed();
        await using var rig = await FaultRig.StartAsync(TimeSpan.FromMinutes(10), webSocketOnly: true);
        var (left, right) = (FaultRig.FreePort(), FaultRig.FreePort());
        await using var before = await CutProxyProcess.StartAsync(new(IPAddress.Loopback, left), seed, rig.Patience);
        await using var after = await CutProxyProcess.StartAsync(new(IPAddress.Loopback, right), seed + 1, rig.Patience);
        await using var ann = await rig.JoinAsync("ann", left, $"ws://127.0.0.1:{before.Port}");
        await using var bob = await rig.JoinAsync("bob", right, $"ws://127.0.0.1:{after.Port}");
        await rig.MeetAsync(ann, bob);
        await SendBothWaysAsync(rig, ann, bob, messages);

        var cuts = 0;
        for (var round = 0; round < 6; round++)
        {
            var until = cuts + 5;
            foreach (var proxy in new[] { before, after })
            {
                await proxy.TellAsync(new("plan") { Cuts = 5, To = round % 2 == 0 ? 60_000 : HandshakeBytes, Kinds = [round == 2 ? CutKind.BlackHole : CutKind.Reset], Directions = [CutDirection.Up, CutDirection.Down] }, rig.Patience);
                await proxy.TellAsync(new("cut") { Kind = CutKind.Reset }, rig.Patience);
            }
            // Which of the two is dialled is the peers' choice, so it is the sum that counts.
            while ((cuts = (await before.TellAsync(new("stats"), rig.Patience)).CutsDone!.Value + (await after.TellAsync(new("stats"), rig.Patience)).CutsDone!.Value) < until)
            {
                await AssertNoTroubleAsync(ann, bob);
                await Task.Delay(20, rig.Patience);
            }
        }
        await before.TellAsync(new("heal"), rig.Patience);
        await after.TellAsync(new("heal"), rig.Patience);
        output.WriteLine($"{cuts} cuts");
        await AssertArrivedAsync(rig, ann, bob, messages);
    }

    private async Task CutAsync(int rounds, long messages)
    {
        var seed = Seed();
        await using var rig = await FaultRig.StartAsync(TimeSpan.FromMinutes(10), webSocketOnly: true);
        var port = FaultRig.FreePort();
        await using var proxy = await CutProxyProcess.StartAsync(new(IPAddress.Loopback, port), seed, rig.Patience);
        await using var ann = await rig.JoinAsync("ann", port, $"ws://127.0.0.1:{proxy.Port}");
        await using var bob = await rig.JoinAsync("bob");
        await rig.MeetAsync(ann, bob);

        await SendBothWaysAsync(rig, ann, bob, messages);

        var cuts = 0;
        var inHandshake = 0;
        for (var round = 0; round < rounds; round++)
        {
            // Ten a round: in traffic, in the handshake, and silently in either.
            await CutsAsync(new("plan") { Cuts = 5, To = 60_000, Kinds = [CutKind.Reset], Directions = [CutDirection.Up, CutDirection.Down, CutDirection.Either] });
            await CutsAsync(new("plan") { Cuts = 4, To = HandshakeBytes, Kinds = [CutKind.Reset], Directions = [CutDirection.Up, CutDirection.Down] });
            await CutsAsync(new("plan") { Cuts = 1, To = round % 3 == 0 ? HandshakeBytes : 60_000, Kinds = [CutKind.BlackHole], Directions = [CutDirection.Up, CutDirection.Down] });
        }
        await proxy.TellAsync(new("heal"), rig.Patience);
        var moving = (ann: await ann.StatsAsync(rig.Patience), bob: await bob.StatsAsync(rig.Patience));
        output.WriteLine($"After {cuts} cuts, {inHandshake} of them in handshakes: {moving.ann.Received} and {moving.bob.Received} messages received.");
        Assert.InRange(cuts, rounds * 10, int.MaxValue);
        Assert.True(moving.ann.Received < messages || moving.bob.Received < messages, "The messages were through before the cuts were.");

        await AssertArrivedAsync(rig, ann, bob, messages);

        async Task CutsAsync(ProxyCommand plan)
        {
            var until = cuts + plan.Cuts;
            await proxy.TellAsync(plan, rig.Patience);
            // A connection is given its cut when it opens: one that was open already is cut now.
            cuts = (await proxy.TellAsync(new("cut") { Kind = CutKind.Reset }, rig.Patience)).CutsDone!.Value;
            while (cuts < until)
            {
                var next = proxy.ExpectAsync("cut", rig.Patience);
                await Task.WhenAny(next, ann.Trouble, bob.Trouble);
                await AssertNoTroubleAsync(ann, bob);
                var cut = await next;
                cuts = cut.CutsDone!.Value;
                if (cut.Up < HandshakeBytes && cut.Down < HandshakeBytes) inHandshake++;
            }
        }
    }

    private ulong Seed()
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : (ulong)Random.Shared.NextInt64();
        output.WriteLine($"SEED={seed}");
        return seed;
    }

    private static async Task SendBothWaysAsync(FaultRig rig, ChainPeerProcess ann, ChainPeerProcess bob, long messages)
    {
        await ann.SayAsync(new("expect") { From = bob.Id, Count = messages }, rig.Patience);
        await bob.SayAsync(new("expect") { From = ann.Id, Count = messages }, rig.Patience);
        await ann.SayAsync(new("send") { To = bob.Id, Count = messages, Bytes = 200 }, rig.Patience);
        await bob.SayAsync(new("send") { To = ann.Id, Count = messages, Bytes = 200 }, rig.Patience);
    }

    private static async Task AssertNoTroubleAsync(params ChainPeerProcess[] peers)
    {
        foreach (var peer in peers)
            if (peer.Trouble.IsCompleted) Assert.Fail($"{await peer.Trouble}");
    }

    private static async Task AssertArrivedAsync(FaultRig rig, ChainPeerProcess ann, ChainPeerProcess bob, long messages)
    {
        await ann.ExpectAsync("arrived", rig.Patience);
        await bob.ExpectAsync("arrived", rig.Patience);
        foreach (var peer in new[] { ann, bob })
        {
            var stats = await peer.StatsAsync(rig.Patience);
            Assert.Equal((messages, messages, 0, null), (stats.Sent, stats.Received, stats.LogErrors, stats.LogError));
            Assert.DoesNotContain(peer.TakeRest(), said => said.Event is "peerLeaving" or "undelivered" or "broken");
        }
    }
}
