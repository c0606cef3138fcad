using System.Net;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>What the other side can make grow, and how far.</summary>
public sealed class IceLimitsTests
{
    private readonly IceWorld _world = new();
    private readonly IceParty _party;

    public IceLimitsTests()
    {
        _party = _world.AddParty("party", IceRole.Controlling);
        _party.Open("192.168.1.2");
        _party.Open("10.0.0.2");
        Assert.True(IceCredentials.TryCreate("them", "theirPasswordOf22Chars", out var credentials));
        _party.Handle(new RemoteDescription(credentials, Lite: false));
    }

    [Fact]
    public void Candidates_names_and_pairs_have_their_limits_and_the_best_pairs_stay()
    {
        for (var i = 0; i < 1000; i++) _party.Handle(new RemoteCandidateFound(CandidateType.Host, SimulatedNat.At("192.168.1.50", 6000 + i), (uint)(1000 + i), $"f{i}"));
        for (var i = 0; i < 1000; i++) _party.Handle(new RemoteNameFound($"n{i}.local", 5000, CandidateType.Host, 1, "1"));
        var report = _party.Agent.Report();

        Assert.Equal((64, 0), (report.RemoteCandidates.Count, _party.NamesAsked.Count));
        Assert.Equal(100, report.Pairs.Count(pair => pair.Trouble is null));
        Assert.All(report.Pairs.Where(pair => pair.Trouble is not null), pair => Assert.Equal("Gave way to a better pair.", pair.Trouble));
        Assert.Contains(report.Pairs, pair => pair.Remote.Port == 6063 && pair.Trouble is null);
    }

    [Fact]
    public void Messages_that_nobody_takes_have_their_limit_and_the_oldest_are_lost()
    {
        var agent = new IceAgent(IceRole.Controlled, new IceOptions { MessagesQueuedMax = 4 }, new TestKit.SeededRandom(1), _party);
        agent.Handle(LocalCandidateFound.Host(new IceBase(0), SimulatedNat.At("192.168.1.2", 5000)), _world.Now);
        var question = new StunWriter(new byte[StunMessage.HeaderLength], StunClass.Request, StunMethod.Binding, default).Written; // without a name, so it is refused
        for (var port = 1; port <= 10; port++) agent.HandleStun(new IceBase(0), SimulatedNat.At("192.168.1.66", port), question, _world.Now);

        var ports = new List<int>();
        var room = new byte[1_280];
        while (agent.TryTakeMessage(room, out _, out _, out var to)) ports.Add(to.Port);
        Assert.Equal([7, 8, 9, 10], ports);
    }

    [Fact]
    public void Names_have_their_limit_alone()
    {
        for (var i = 0; i < 1000; i++) _party.Handle(new RemoteNameFound($"n{i}.local", 5000, CandidateType.Host, 1, "1"));
        Assert.Equal(64, _party.NamesAsked.Count);
        foreach (var name in _party.NamesAsked.ToList())
        {
            for (var i = 0; i < 5; i++) _party.Handle(new NameResolved(name, IPAddress.Parse($"192.168.1.{_party.NamesAsked.IndexOf(name)}")));
        }
        Assert.InRange(_party.Agent.Report().RemoteCandidates.Count, 1, 64);
    }

    [Fact]
    public void Sources_of_checks_have_their_limit_and_the_oldest_give_way()
    {
        for (var i = 0; i < 1000; i++) _party.Receive(new IceBase(0), SimulatedNat.At("192.168.1.66", 1000 + i), Forged.Check(_party, controlling: false));
        var report = _party.Agent.Report();

        Assert.Equal(16, report.RemoteCandidates.Count);
        Assert.Equal(16, _party.Routes.Count);
        Assert.Contains(report.RemoteCandidates, candidate => candidate.Address.Port == 1999);
        Assert.InRange(report.Pairs.Count, 16, 116);
    }

    [Theory]
    [InlineData("0.0.0.0", 5000)]
    [InlineData("224.0.0.251", 5353)]
    [InlineData("255.255.255.255", 5000)]
    [InlineData("192.168.1.77", 0)]
    [InlineData("::", 5000)]
    [InlineData("ff02::fb", 5353)]
    [InlineData("127.0.0.1", 5000)]
    [InlineData("::1", 5000)]
    [InlineData("fe80::1", 5000)]
    [InlineData("2001:db8::1", 5000)]
    public void What_is_no_destination_or_cannot_be_reached_from_here_is_not_checked(string address, int port)
    {
        _party.Handle(new RemoteCandidateFound(CandidateType.Host, SimulatedNat.At(address, port), 1, "1"));

        Assert.Empty(_party.Sent);
    }
}
