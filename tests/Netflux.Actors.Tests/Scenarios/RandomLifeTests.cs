using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

/// <summary>Four peers live as the seed wills: they talk, lines break, go silent and heal, processes die and come back, leave and join. Then the contract is held against it.</summary>
public class RandomLifeTests
{
    [Theory, Seeds(40)]
    public async Task Whatever_happens_the_contract_holds(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var dice = SeededRandom.For((ulong)seed, "random life");
        var (network, peers) = await world.Meshed("ann", "bob", "cy", "dan");
        for (var step = 0; step < 60; step++)
        {
            var one = peers[dice.Next(4)];
            var other = peers[dice.Next(4)];
            switch (dice.Next(12))
            {
                case <= 4 when one.Networks.Count == 1: one.BroadcastNumbered(1 + dice.Next(20)); break;
                case 5 when one.Networks.Count == 1 && other.Networks.Count == 1 && one != other && Sees(one, other): one.SendNumbered(other, 1 + dice.Next(5)); break;
                case 6 when one != other: world.Link(one, other).Cut(midFrame: dice.Chance(0.5)); break;
                case 7 when one != other: world.Link(one, other).Latency(1, 1 + dice.Next(150)).Loss(0.05).Breaks(0.02); break;
                case 8 when one != other: world.Link(one, other).BlackHole(); break;
                case 9 when one != other: world.Link(one, other).Clear(); break;
                case 10 when one != peers[0] && one.Networks.Count == 1:
                    one.Crash(reset: dice.Chance(0.5));
                    await world.Advance(TimeSpan.FromMilliseconds(dice.Next(3_000)));
                    one.Restart();
                    await Rejoin(one);
                    break;
                case 11 when one != peers[0] && one.Networks.Count == 1:
                    await one.LeaveAsync();
                    await world.Advance(TimeSpan.FromMilliseconds(dice.Next(2_000)));
                    await Rejoin(one);
                    break;
            }
            await world.Advance(TimeSpan.FromMilliseconds(dice.Next(1_500)));
        }
        for (var left = 0; left < 4; left++)
            for (var right = left + 1; right < 4; right++)
                world.Link(peers[left], peers[right]).Clear();
        await world.Advance(30.Seconds());
        world.AssertPromises();

        static bool Sees(TestPeer one, TestPeer other) =>
            one.Events.OfType<PeerJoining>().Any(joining => joining.Peer.Id == other.Id) && !one.Events.OfType<PeerLeaving>().Any(leaving => leaving.Peer.Id == other.Id);

        // A line may be silent just now: then it is tried again.
        async Task Rejoin(TestPeer peer)
        {
            for (var attempt = 0; attempt < 10; attempt++)
            {
                try
                {
                    await peer.JoinAsync(network.Address);
                    return;
                }
                catch (NetfluxException failure) when (failure.CanRetry)
                {
                    await world.Advance(3.Seconds());
                    if (attempt == 4)
                        foreach (var other in peers.Where(other => other != peer)) world.Link(peer, other).Clear();
                }
            }
            throw world.Failure($"{peer} cannot join again.");
        }
    }
}
