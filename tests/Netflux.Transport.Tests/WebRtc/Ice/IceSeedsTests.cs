using System.Globalization;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Many networks, each drawn from a seed: in the end both use the two ends of one pair, or both have given up.</summary>
public sealed class IceSeedsTests
{
    [Fact]
    public void Both_agree_on_a_pair_or_both_say_that_it_failed() => Run(400);

    [Fact]
    [Trait("Category", "Soak")]
    public void They_do_in_thousands_of_networks() => Run(5_000);

    private static void Run(int seeds)
    {
        var (connected, failed) = (0, 0);
        foreach (var seed in Chosen(seeds))
        {
            var world = new IceWorld(seed);
            var draw = SeededRandom.For(seed, "scenario");
            var roles = draw.Next(4) switch { 0 => (IceRole.Controlling, IceRole.Controlling), 1 => (IceRole.Controlled, IceRole.Controlled), _ => (IceRole.Controlling, IceRole.Controlled) };
            var (one, other) = (world.AddParty("one", roles.Item1), world.AddParty("other", roles.Item2));
            var mustConnect = OpenSockets(draw, one, other);
            world.Loss = draw.NextDouble() * 0.3;
            world.Duplication = draw.NextDouble() * 0.1;
            world.LatencyMin = TimeSpan.FromMilliseconds(draw.Next(50));
            world.LatencyMax = world.LatencyMin + TimeSpan.FromMilliseconds(draw.Next(100));
            mustConnect &= Introduce(world, draw, one, other);
            world.At(TimeSpan.FromSeconds(10), () => world.Loss = 0);
            if (draw.Chance(0.2)) world.At(TimeSpan.FromMilliseconds(draw.Next(8000)), () => Restart(world, draw, one, other));

            world.RunFor(TimeSpan.FromSeconds(15));
            world.RunUntil(() => world.Disagreement(one, other) is null, TimeSpan.FromSeconds(100));
            var disagreement = world.Disagreement(one, other);
            Assert.True(disagreement is null, $"SEED={seed}: {disagreement}\n{Describe(one)}\n{Describe(other)}");
            if (mustConnect) Assert.True(one.Agent.State == IceState.Connected, $"SEED={seed}: {one.Agent.State}\n{Describe(one)}\n{Describe(other)}");
            if (one.Agent.State == IceState.Connected) connected++; else failed++;

            world.RunFor(TimeSpan.FromSeconds(40)); // it lasts, and what was in use for a while only is forgotten
            Assert.True(world.Disagreement(one, other) is null, $"SEED={seed}: later, {world.Disagreement(one, other)}\n{Describe(one)}\n{Describe(other)}");
        }
        if (Environment.GetEnvironmentVariable("SEED") is not null) return;
        Assert.InRange(connected, seeds / 2, seeds);
        Assert.InRange(failed, seeds / 20, seeds);
    }

    private static IEnumerable<ulong> Chosen(int seeds) => ulong.TryParse(Environment.GetEnvironmentVariable("SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var one)
        ? [one]
        : Enumerable.Range(1, seeds).Select(seed => (ulong)seed);

    /// <summary>Returns whether a way exists for sure: both on the public net in one family, or one of them there and the other behind a NAT.</summary>
    private static bool OpenSockets(SeededRandom draw, IceParty one, IceParty other)
    {
        var shared = new SimulatedNat(Kind(draw), "198.51.100.3");
        var (isPublic, isInside) = (new bool[2], new bool[2]);
        foreach (var (party, index) in new[] { (one, 0), (other, 1) })
        {
            for (var sockets = 1 + draw.Next(3); sockets > 0; sockets--)
            {
                switch (draw.Next(6))
                {
                    case 0:
                        party.Open($"192.0.2.{1 + index * 100 + sockets}");
                        isPublic[index] = true;
                        break;
                    case 1:
                        party.Open($"2001:db8::{1 + index * 100 + sockets}");
                        break;
                    case 2:
                        party.Open($"fe80::{1 + index * 100 + sockets}", scope: 2);
                        break;
                    case 3:
                        party.Open($"192.168.0.{1 + index * 100 + sockets}", shared);
                        isInside[index] = true;
                        break;
                    default:
                        party.Open($"10.{index}.0.{sockets}", new SimulatedNat(Kind(draw), $"198.51.100.{10 + index * 10 + sockets}"));
                        isInside[index] = true;
                        break;
                }
            }
            if (draw.Chance(0.3)) isPublic[index] |= party.Open($"203.0.113.{1 + index}", type: CandidateType.Relayed).Id >= 0;
        }
        return isPublic[0] && (isPublic[1] || isInside[1]) || isPublic[1] && isInside[0];
    }

    private static NatKind Kind(SeededRandom draw) => (NatKind)draw.Next(3);

    /// <summary>Descriptions in their order; candidates with them or each for itself, in any order, before or after; some of one side never arrive. Returns whether all do.</summary>
    private static bool Introduce(IceWorld world, SeededRandom draw, IceParty one, IceParty other)
    {
        var trickles = draw.Chance(0.5);
        var lossy = draw.Chance(0.3);
        var offerAt = TimeSpan.FromMilliseconds(draw.Next(500));
        var answerAt = offerAt + TimeSpan.FromMilliseconds(draw.Next(1500));
        world.At(offerAt, () => IceWorld.Describe(one, other, withCandidates: !trickles));
        world.At(answerAt, () => IceWorld.Describe(other, one, withCandidates: !trickles && !lossy));
        if (!trickles) return !lossy;
        foreach (var (from, to, isLossy) in new[] { (one, other, false), (other, one, lossy) })
        {
            foreach (var candidate in from.Agent.LocalCandidates)
            {
                if (isLossy && draw.Chance(0.5)) continue;
                var found = IceWorld.Found(from, candidate);
                world.At(TimeSpan.FromMilliseconds(draw.Next(3000)), () => to.Handle(found));
            }
            world.At(TimeSpan.FromMilliseconds(3000), () => to.Handle(new RemoteCandidatesEnded()));
        }
        return !lossy;
    }

    private static void Restart(IceWorld world, SeededRandom draw, IceParty one, IceParty other)
    {
        if (one.Agent.State is IceState.New || other.Agent.State is IceState.New) return; // the first exchange is not over
        var (restarting, answering) = draw.Chance(0.5) ? (one, other) : (other, one);
        restarting.Handle(new RestartBegan());
        world.At(TimeSpan.FromMilliseconds(draw.Next(500)), () =>
        {
            IceWorld.Describe(restarting, answering);
            world.At(TimeSpan.FromMilliseconds(draw.Next(500)), () => IceWorld.Describe(answering, restarting));
        });
    }

    private static string Describe(IceParty party) => $"{party.Name}, {party.Agent.Report().Why}\n  {string.Join("\n  ", party.Agent.Report().Pairs)}\n  {string.Join(", ", party.States.Select(state => $"{state.At.Ticks / 10_000} ms {state.State}"))}";
}
