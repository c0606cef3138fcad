using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Agents that are made faulty from outside, and that what finds the fault in them finds nothing in sound ones.</summary>
public sealed class IceFaultTests
{
    private static readonly TransportAddress s_intruder = SimulatedNat.At("192.168.1.66", 666);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Repairing_no_role_conflict(bool isFaulty)
    {
        var world = new IceWorld();
        var (one, other) = (world.AddParty("one", IceRole.Controlling), world.AddParty("other", IceRole.Controlling));
        // Whatever role the other claims, it looks as if it were the right one.
        foreach (var party in new[] { one, other })
        {
            if (isFaulty) party.Arriving = message => Forged.IsRequest(message) ? Forged.Rewrite(message, party.Agent.LocalCredentials.Password, type => type == StunAttributeType.IceControlling ? StunAttributeType.IceControlled : type) : message;
        }
        Open(world, one, other);
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(isFaulty ? "both are Controlling" : null, world.Disagreement(one, other));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ignoring_the_integrity(bool isFaulty)
    {
        var world = new IceWorld();
        var (one, other) = (world.AddParty("one", IceRole.Controlling), world.AddParty("other", IceRole.Controlled));
        // Whoever signed a request, it looks as if the password had been known.
        if (isFaulty) other.Arriving = message => Forged.IsRequest(message) ? Forged.Rewrite(message, other.Agent.LocalCredentials.Password, type => type) : message;
        Open(world, one, other);
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Inject(s_intruder, other.Sockets[0].Address, Forged.Check(other, password: "aPasswordThatIsNotTheirs", useCandidate: true));
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(isFaulty, other.Routes.Contains((new IceBase(0), s_intruder)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forgetting_triggered_checks(bool isFaulty)
    {
        var world = new IceWorld();
        var (one, other) = (world.AddParty("one", IceRole.Controlling), world.AddParty("other", IceRole.Controlled));
        if (isFaulty) other.Leaving = send => other.IsHandlingRequest && send.Awaits is not null ? null : send;
        one.Open("192.168.1.3", new SimulatedNat(NatKind.Symmetric, "198.51.100.2")); // only its own check tells where it is
        other.Open("192.0.2.1");
        world.Introduce(one, other);
        world.RunFor(TimeSpan.FromMilliseconds(100));

        Assert.Equal(isFaulty, world.Disagreement(one, other) is not null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Not_hearing_the_nomination(bool isFaulty)
    {
        var world = new IceWorld();
        var (one, other) = (world.AddParty("one", IceRole.Controlling), world.AddParty("other", IceRole.Controlled));
        if (isFaulty) other.Arriving = message => Forged.IsRequest(message) ? Forged.Rewrite(message, other.Agent.LocalCredentials.Password, type => type == StunAttributeType.UseCandidate ? null : type) : message;
        Open(world, one, other);
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(isFaulty ? "a pair in use is not nominated" : null, world.Disagreement(one, other));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Asking_for_no_consent(bool isFaulty)
    {
        var world = new IceWorld();
        var (one, other) = (world.AddParty("one", IceRole.Controlling), world.AddParty("other", IceRole.Controlled));
        Open(world, one, other);
        world.RunFor(TimeSpan.FromSeconds(1));
        if (isFaulty) one.Leaving = send => send.Awaits is not null ? null : send; // it asks, and nobody hears it
        world.RunFor(TimeSpan.FromSeconds(40));

        Assert.Equal(isFaulty, world.Disagreement(one, other) is not null);
    }

    private static void Open(IceWorld world, IceParty one, IceParty other)
    {
        one.Open("192.168.1.2");
        other.Open("192.168.1.3");
        world.Introduce(one, other);
    }
}
