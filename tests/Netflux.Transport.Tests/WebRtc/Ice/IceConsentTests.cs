using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>RFC 7675: how the pair in use is watched over.</summary>
public sealed class IceConsentTests
{
    private readonly IceWorld _world = new();
    private readonly IceParty _one, _other;
    private bool _isCut;

    public IceConsentTests()
    {
        (_one, _other) = (_world.AddParty("one", IceRole.Controlling), _world.AddParty("other", IceRole.Controlled));
        _one.Open("192.168.1.2");
        _other.Open("192.168.1.3");
        _world.Passes = (_, _) => !_isCut;
        _world.Introduce(_one, _other);
        _world.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Null(_world.Disagreement(_one, _other));
    }

    [Fact]
    public void Consent_is_asked_every_four_to_six_seconds_and_nothing_else_is_sent()
    {
        var before = _one.RequestsSent;
        _world.RunFor(TimeSpan.FromMinutes(10));

        var times = _one.Sent.Where(sent => sent.What.Awaits is not null).Skip(before).Select(sent => sent.At).ToList();
        Assert.InRange(times.Count, 100, 150);
        for (var i = 1; i < times.Count; i++) Assert.InRange((times[i] - times[i - 1]).TotalSeconds, 4, 6.01);
        Assert.Equal(times.Count, _one.Sent.Count(sent => sent.What.Awaits is not null) - before);
        Assert.Equal([IceState.Checking, IceState.Connected], _one.States.Select(state => state.State));
    }

    [Fact]
    public void Silence_is_a_disconnection_after_seconds_and_a_failure_after_thirty()
    {
        _isCut = true;
        var since = _world.Now;
        _world.RunFor(TimeSpan.FromSeconds(40));

        var states = _one.States.SkipWhile(state => state.At < since).ToList();
        Assert.Equal([IceState.Disconnected, IceState.Failed], states.Select(state => state.State));
        Assert.InRange((states[0].At - since).TotalSeconds, 8, 11.01); // the next check after 4 to 6 s, and 5 s of silence
        Assert.InRange((states[1].At - since).TotalSeconds, 29, 30);
        Assert.Equal("Consent expired: 192.168.1.3:5001 has not answered for 30 s.", states[1].Why);
        Assert.Empty(_one.Routes);

        var sent = _one.Sent.Count;
        _isCut = false;
        _world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(sent, _one.Sent.Count); // RFC 7675 §5.1: nothing more is sent
    }

    [Fact]
    public void A_path_that_comes_back_in_time_goes_on()
    {
        _isCut = true;
        _world.RunFor(TimeSpan.FromSeconds(15));
        Assert.Equal((IceState.Disconnected, IceState.Disconnected), (_one.Agent.State, _other.Agent.State));

        _isCut = false;
        _world.RunFor(TimeSpan.FromSeconds(1.1));

        Assert.Null(_world.Disagreement(_one, _other));
        Assert.Equal(2, _one.Selections.Count); // usable, nominated: the pair never changed
    }

    [Fact]
    public void Some_lost_packets_are_no_disconnection()
    {
        _world.Loss = 0.1;
        _world.RunFor(TimeSpan.FromMinutes(5));

        Assert.DoesNotContain(_one.States.Concat(_other.States), state => state.State is IceState.Disconnected or IceState.Failed);
    }

    [Fact]
    public void Answers_that_only_pretend_to_be_the_other_sides_are_no_consent()
    {
        var since = _world.Now;
        _one.Arriving = message =>
        {
            if (!Forged.IsRequest(message)) message[^20] ^= 1; // within the integrity
            return message;
        };
        _world.RunFor(TimeSpan.FromSeconds(40));

        Assert.Contains(_one.States, state => state.At > since && state.State == IceState.Failed);
    }

    [Fact]
    public void A_socket_that_is_gone_takes_its_pairs_along()
    {
        _one.Handle(new LocalBaseLost(new IceBase(0)));

        Assert.Empty(_one.Routes);
        Assert.Empty(_one.Agent.LocalCandidates);
        Assert.NotEqual(IceState.Connected, _one.Agent.State);
        _world.RunFor(TimeSpan.FromSeconds(45));
        Assert.Equal((IceState.Failed, "There is no candidate of ours."), (_one.Agent.State, _one.States[^1].Why));
    }
}
