namespace Netflux.Transport.WebRtc.Ice;

/// <summary>RFC 8445 §9.</summary>
public sealed class IceRestartTests
{
    private readonly IceWorld _world = new();
    private readonly IceParty _one, _other;

    public IceRestartTests()
    {
        (_one, _other) = (_world.AddParty("one", IceRole.Controlling), _world.AddParty("other", IceRole.Controlled));
        _one.Open("192.168.1.2");
        _other.Open("192.168.1.3");
        _world.Introduce(_one, _other);
        _world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Null(_world.Disagreement(_one, _other));
    }

    [Fact]
    public void The_pair_in_use_goes_on_until_both_have_agreed_anew_and_the_old_credentials_end_later()
    {
        var (oldOne, oldOther) = (_one.Agent.LocalCredentials, _other.Agent.LocalCredentials);
        _one.Handle(new RestartBegan());
        Assert.False(oldOne.AreSame(_one.Agent.LocalCredentials));
        Assert.Equal(oldOther, _other.Agent.LocalCredentials);
        _world.RunFor(TimeSpan.FromSeconds(20)); // the answer takes its time; consent goes on meanwhile, on both sides
        Assert.Equal((IceState.Connected, IceState.Connected), (_one.Agent.State, _other.Agent.State));
        Assert.Equal(2, _one.Selections.Count);

        IceWorld.Describe(_one, _other);
        Assert.False(oldOther.AreSame(_other.Agent.LocalCredentials)); // other credentials were described: it restarts, too
        IceWorld.Describe(_other, _one);
        _world.RunFor(TimeSpan.FromMilliseconds(50));

        Assert.Null(_world.Disagreement(_one, _other));
        Assert.Equal(3, _one.Selections.Count);
        Assert.Empty(_one.Retired);
        _world.RunFor(TimeSpan.FromSeconds(6));
        Assert.Equal((oldOne.Ufrag, oldOther.Ufrag), (Assert.Single(_one.Retired), Assert.Single(_other.Retired)));
        Assert.DoesNotContain(_one.States.Concat(_other.States), state => state.State is IceState.Disconnected or IceState.Failed);
        Assert.Equal(1, _one.Agent.Report().Restarts);

        _world.RunFor(TimeSpan.FromMinutes(2));
        Assert.Null(_world.Disagreement(_one, _other));
    }

    [Fact]
    public void A_restart_finds_the_way_of_a_new_interface_after_the_old_one_is_gone()
    {
        _one.Handle(new LocalBaseLost(new IceBase(0)));
        _one.Handle(new RestartBegan());
        _one.Open("10.0.0.2", new SimulatedNat(NatKind.PortRestricted, "198.51.100.1"));
        _other.Open("192.0.2.77");
        IceWorld.Describe(_one, _other);
        IceWorld.Describe(_other, _one);
        _world.RunFor(TimeSpan.FromSeconds(2));

        Assert.Null(_world.Disagreement(_one, _other));
        Assert.Equal(new IceBase(1), _one.Selected!.From);
    }

    [Fact]
    public void After_a_failure_a_restart_begins_again()
    {
        _world.Passes = (_, _) => false;
        _world.RunFor(TimeSpan.FromSeconds(40));
        Assert.Equal((IceState.Failed, IceState.Failed), (_one.Agent.State, _other.Agent.State));

        _world.Passes = (_, _) => true;
        _other.Handle(new RestartBegan()); // this time the other side begins
        IceWorld.Describe(_other, _one);
        IceWorld.Describe(_one, _other);
        _world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Null(_world.Disagreement(_one, _other));
    }

    [Fact]
    public void Many_restarts_leave_nothing_behind()
    {
        for (var i = 0; i < 50; i++)
        {
            var restarting = i % 2 == 0 ? _one : _other;
            var answering = i % 2 == 0 ? _other : _one;
            restarting.Handle(new RestartBegan());
            if (i % 3 == 0) restarting.Handle(new RestartBegan()); // changed its mind before the answer
            IceWorld.Describe(restarting, answering);
            IceWorld.Describe(answering, restarting);
            _world.RunFor(TimeSpan.FromMilliseconds(i % 5 == 0 ? 7000 : 30));
        }
        _world.RunFor(TimeSpan.FromSeconds(10));

        Assert.Null(_world.Disagreement(_one, _other));
        Assert.Equal((1, 1), (_one.Routes.Count, _other.Routes.Count));
        Assert.Equal(_one.Agent.Report().Restarts, _one.Retired.Count);
        Assert.Equal(_one.Retired.Count, _one.Retired.Distinct().Count());
    }

    [Fact]
    public void Requests_of_the_former_session_are_answered_and_teach_nothing()
    {
        var check = Forged.Check(_other);
        _one.Handle(new RestartBegan());
        IceWorld.Describe(_one, _other);
        var routes = _other.Routes.Count;
        _world.Inject(SimulatedNat.At("203.0.113.66", 666), _other.Sockets[0].Address, check);
        _world.RunFor(TimeSpan.FromMilliseconds(20));

        Assert.Contains(_other.Sent, sent => sent.What.To.Port == 666 && sent.What.Awaits is null);
        Assert.DoesNotContain(_other.Sent, sent => sent.What.To.Port == 666 && sent.What.Awaits is not null);
        Assert.Equal(routes, _other.Routes.Count);
    }
}
