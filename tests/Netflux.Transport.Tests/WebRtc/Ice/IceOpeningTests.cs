using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>How two agents come to a pair.</summary>
public sealed class IceOpeningTests
{
    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(60);

    private readonly IceWorld _world = new();

    private (IceParty Offerer, IceParty Answerer) Pair() => (_world.AddParty("offerer", IceRole.Controlling), _world.AddParty("answerer", IceRole.Controlled));

    private void Agree(IceParty one, IceParty other)
    {
        _world.RunUntil(() => _world.Disagreement(one, other) is null, s_enough);
        Assert.Null(_world.Disagreement(one, other));
    }

    [Fact]
    public void On_one_net_both_have_a_usable_pair_one_round_trip_after_they_could_begin()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2");
        answerer.Open("192.168.1.3");
        _world.Introduce(offerer, answerer);
        _world.RunFor(TimeSpan.FromMilliseconds(13));

        // The offer arrives at 5 ms, the answer at 10 ms, a round trip takes 2 ms.
        Assert.Equal([(At(5), IceState.Checking), (At(7), IceState.Connected)], answerer.States.Select(state => (state.At, state.State)));
        Assert.Equal([(At(10), IceState.Checking), (At(12), IceState.Connected)], offerer.States.Select(state => (state.At, state.State)));
        Assert.Contains((new IceBase(0), answerer.Sockets[0].Address), offerer.Routes); // opened by the answerer's check, before the answer was here
        _world.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.Null(_world.Disagreement(offerer, answerer));
    }

    private static Instant At(double milliseconds) => Instant.Zero + TimeSpan.FromMilliseconds(milliseconds);
}
