using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>A NAT gives one side another address in the middle of things.</summary>
public sealed class IceRebindingTests
{
    [Theory]
    [InlineData(IceRole.Controlling)]
    [InlineData(IceRole.Controlled)]
    internal void The_new_address_is_followed_after_an_authenticated_check(IceRole behindNat)
    {
        var world = new IceWorld();
        var nat = new SimulatedNat(NatKind.PortRestricted, "198.51.100.1");
        var moving = world.AddParty("moving", behindNat);
        var staying = world.AddParty("staying", behindNat == IceRole.Controlling ? IceRole.Controlled : IceRole.Controlling);
        moving.Open("192.168.1.2", nat);
        staying.Open("192.0.2.9");
        world.Introduce(moving, staying);
        world.RunFor(TimeSpan.FromSeconds(20));
        Assert.Null(world.Disagreement(moving, staying));
        var before = staying.Selected!.To;

        nat.Rebind();
        Assert.NotNull(world.Disagreement(moving, staying));
        var since = world.Now;
        Assert.True(world.RunUntil(() => world.Disagreement(moving, staying) is null, TimeSpan.FromSeconds(30)));

        Assert.NotEqual(before, staying.Selected!.To);
        Assert.InRange((world.Now - since).TotalSeconds, 0, 8); // its next check of consent after at most 6 s, then a second of silence of the old way
        Assert.DoesNotContain(staying.States, state => state.At > since && state.State is IceState.Disconnected or IceState.Failed);
        world.RunFor(TimeSpan.FromMinutes(2));
        Assert.Null(world.Disagreement(moving, staying));
        Assert.Single(staying.Routes); // the old address is forgotten
    }

    [Fact]
    public void Fifty_rebindings_leave_one_way()
    {
        var world = new IceWorld();
        var nat = new SimulatedNat(NatKind.PortRestricted, "198.51.100.1");
        var (moving, staying) = (world.AddParty("moving", IceRole.Controlled), world.AddParty("staying", IceRole.Controlling));
        moving.Open("192.168.1.2", nat);
        staying.Open("192.0.2.9");
        world.Introduce(moving, staying);
        world.RunFor(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 50; i++)
        {
            nat.Rebind();
            Assert.True(world.RunUntil(() => world.Disagreement(moving, staying) is null, TimeSpan.FromSeconds(30)), $"after {i}");
        }
        world.RunFor(TimeSpan.FromMinutes(1));

        Assert.Single(staying.Routes);
        Assert.InRange(staying.Agent.Report().RemoteCandidates.Count, 1, 18); // two were announced, 16 of its addresses are remembered
    }

    [Fact]
    public void A_stranger_who_repeats_what_it_heard_is_not_followed()
    {
        var world = new IceWorld();
        var (one, other) = (world.AddParty("one", IceRole.Controlling), world.AddParty("other", IceRole.Controlled));
        one.Open("192.0.2.1");
        other.Open("192.0.2.2");
        world.Introduce(one, other);
        world.RunFor(TimeSpan.FromSeconds(6));
        var heard = one.Sent.Last(sent => sent.What.Awaits is not null).What.Message.ToArray(); // a check of consent, and it nominates
        var stranger = SimulatedNat.At("203.0.113.66", 666);
        world.Inject(stranger, other.Sockets[0].Address, heard);
        world.RunFor(TimeSpan.FromMinutes(1));

        // It proves to know the password, so its address is checked; but it cannot answer, and the pair in use is not silent.
        Assert.Contains(other.Sent, sent => sent.What.To == stranger && sent.What.Awaits is not null);
        Assert.Null(world.Disagreement(one, other));
        Assert.DoesNotContain(other.Selections, selection => selection.Pair.To == stranger);
    }
}
