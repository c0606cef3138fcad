using System.Net;
using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>How two agents come to a pair.</summary>
public sealed class IceOpeningTests
{
    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(60);

    private readonly IceWorld _world = new();

    private (IceParty Offerer, IceParty Answerer) Pair(IceRole offerer = IceRole.Controlling, IceRole answerer = IceRole.Controlled) =>
        (_world.AddParty("offerer", offerer), _world.AddParty("answerer", answerer));

    private void Agree(IceParty one, IceParty other)
    {
        _world.RunUntil(() => _world.Disagreement(one, other) is null, s_enough);
        Assert.Null(_world.Disagreement(one, other));
    }

    private static Instant At(double milliseconds) => Instant.Zero + TimeSpan.FromMilliseconds(milliseconds);

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

    [Fact]
    public void A_first_check_that_is_lost_is_made_up_for_by_the_other_sides()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2");
        answerer.Open("192.168.1.3");
        var lost = 0;
        _world.Passes = (from, _) => from.Party != answerer || lost++ > 0;
        _world.Introduce(offerer, answerer);
        _world.RunFor(TimeSpan.FromMilliseconds(20));

        // The answerer's first check, at 5 ms, is gone; that of the offerer, at 10 ms, triggers the next, long before the first would be repeated.
        Assert.Null(_world.Disagreement(offerer, answerer));
    }

    [Theory]
    [InlineData(NatKind.FullCone, NatKind.FullCone, true)]
    [InlineData(NatKind.FullCone, NatKind.PortRestricted, true)]
    [InlineData(NatKind.FullCone, NatKind.Symmetric, true)]
    [InlineData(NatKind.PortRestricted, NatKind.PortRestricted, true)]
    [InlineData(NatKind.Symmetric, NatKind.FullCone, true)]
    [InlineData(NatKind.PortRestricted, NatKind.Symmetric, false)]
    [InlineData(NatKind.Symmetric, NatKind.Symmetric, false)]
    internal void Through_nats_where_there_is_a_way(NatKind one, NatKind other, bool isWay)
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2", new SimulatedNat(one, "198.51.100.1"));
        answerer.Open("192.168.7.3", new SimulatedNat(other, "198.51.100.2"));
        _world.Introduce(offerer, answerer);

        Agree(offerer, answerer);

        Assert.Equal(isWay ? IceState.Connected : IceState.Failed, offerer.Agent.State);
        if (isWay) return;
        Assert.Equal(At(10) + TimeSpan.FromSeconds(39.5), offerer.States[^1].At); // RFC 8863
        Assert.All(offerer.Agent.Report().Pairs, pair => Assert.Equal((PairState.Failed, "No answer came."), (pair.State, pair.Trouble)));
    }

    [Fact]
    public void Over_a_relay_where_there_is_no_other_way_and_data_does_not_wait_for_the_nomination()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2", new SimulatedNat(NatKind.Symmetric, "198.51.100.1"));
        answerer.Open("192.168.7.3", new SimulatedNat(NatKind.Symmetric, "198.51.100.2"));
        var relay = answerer.Open("203.0.113.9", type: CandidateType.Relayed);
        _world.Introduce(offerer, answerer);

        Agree(offerer, answerer);

        Assert.Equal(relay, answerer.Selected!.From);
        Assert.InRange((offerer.States.First(state => state.State == IceState.Connected).At - Instant.Zero).TotalMilliseconds, 0, 15);
        var nominated = offerer.Selections.First(selection => selection.Pair.Nominated).At;
        Assert.InRange((nominated - Instant.Zero).TotalMilliseconds, 300, 330); // NominationPatience
    }

    [Fact]
    public void Over_relays_alone_the_nomination_does_not_wait_either()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("203.0.113.8", type: CandidateType.Relayed);
        answerer.Open("203.0.113.9", type: CandidateType.Relayed);
        _world.Introduce(offerer, answerer);
        _world.RunFor(TimeSpan.FromMilliseconds(20));

        Assert.Null(_world.Disagreement(offerer, answerer));
    }

    [Fact]
    public void A_better_pair_that_works_soon_after_is_nominated_in_its_place()
    {
        var (offerer, answerer) = Pair();
        var slow = true;
        offerer.Open("2001:db8::2");
        offerer.Open("192.0.2.2");
        answerer.Open("2001:db8::3");
        answerer.Open("192.0.2.3");
        _world.Passes = (_, to) => to.IsIPv4 || !slow;
        _world.Introduce(offerer, answerer);
        _world.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.True(offerer.Selected!.To.IsIPv4);
        Assert.Null(_world.Disagreement(offerer, answerer));

        slow = false; // the repetition of the check of the better pair, half a second after the first, gets through
        _world.RunFor(TimeSpan.FromMilliseconds(600));

        Assert.False(offerer.Selected!.To.IsIPv4);
        Assert.Null(_world.Disagreement(offerer, answerer));
        Assert.Equal(IceState.Connected, offerer.Agent.State);
    }

    [Fact]
    public void Link_local_addresses_work_in_the_zone_in_which_they_were_found()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("fe80::1", scope: 3);
        answerer.Open("fe80::2", scope: 3);
        _world.Introduce(offerer, answerer);

        Agree(offerer, answerer);

        Assert.Equal(3u, offerer.Selected!.To.ScopeId);
    }

    [Fact]
    public void Loopback_is_tried_only_by_who_offers_loopback()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2");
        answerer.Open("127.0.0.1");
        _world.Introduce(offerer, answerer);
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (offerer.RequestsSent, answerer.RequestsSent));
        Assert.Equal("No candidate of the other side can be reached from any of ours.", Fail(offerer));
    }

    [Fact]
    public void Both_on_loopback_work()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("127.0.0.1");
        answerer.Open("127.0.0.1");
        _world.Introduce(offerer, answerer);

        Agree(offerer, answerer);
    }

    private string Fail(IceParty party)
    {
        _world.RunUntil(() => party.Agent.State == IceState.Failed, s_enough);
        return party.States[^1].Why;
    }

    [Theory]
    [InlineData(IceRole.Controlling)]
    [InlineData(IceRole.Controlled)]
    internal void A_role_that_both_claim_is_given_to_one(IceRole both)
    {
        var (offerer, answerer) = Pair(both, both);
        offerer.Open("192.168.1.2");
        answerer.Open("192.168.1.3");
        _world.Introduce(offerer, answerer);
        _world.RunFor(TimeSpan.FromMilliseconds(80));

        Assert.Null(_world.Disagreement(offerer, answerer));
        Assert.NotEqual(offerer.Agent.Role, answerer.Agent.Role);
    }

    [Fact]
    public void A_peer_that_nominates_in_every_check_is_understood()
    {
        var (offerer, answerer) = Pair();
        foreach (var (party, host) in new[] { (offerer, 2), (answerer, 3) })
        {
            party.Open($"192.0.2.{host}");
            party.Open($"2001:db8::{host}");
        }
        offerer.Leaving = send => Forged.IsRequest(send.Message) ? send with { Message = Forged.Rewrite(send.Message.ToArray(), answerer.Agent.LocalCredentials.Password, type => type, addUseCandidate: true) } : send;
        _world.LatencyMax = TimeSpan.FromMilliseconds(40);
        _world.Introduce(offerer, answerer);

        Agree(offerer, answerer);
        _world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Null(_world.Disagreement(offerer, answerer));
        Assert.False(answerer.Selected!.To.IsIPv4); // the best of what was nominated
    }

    [Fact]
    public void A_lite_peer_is_controlled_whoever_offered()
    {
        // It answers and never asks: its own checks do not leave.
        var (lite, full) = Pair();
        lite.Open("192.0.2.1");
        full.Open("192.0.2.2");
        lite.Leaving = send => Forged.IsRequest(send.Message) ? null : send;
        IceWorld.Describe(full, lite);
        IceWorld.Describe(lite, full, lite: true);
        lite.Arriving = message => Forged.IsRequest(message) ? Forged.Rewrite(message, lite.Agent.LocalCredentials.Password, type => type == StunControlling ? Stun.StunAttributeType.IceControlled : type) : message;
        _world.RunFor(TimeSpan.FromMilliseconds(20));

        Assert.Equal(IceRole.Controlling, full.Agent.Role);
        Assert.Equal(IceState.Connected, full.Agent.State);
        Assert.True(full.Selected!.Nominated);
    }

    private const Stun.StunAttributeType StunControlling = Stun.StunAttributeType.IceControlling;

    [Fact]
    public void A_name_is_resolved_and_one_that_is_not_does_not_stand_in_the_way()
    {
        foreach (var resolves in new[] { true, false })
        {
            var world = new IceWorld();
            var (offerer, answerer) = (world.AddParty("offerer", IceRole.Controlling), world.AddParty("answerer", IceRole.Controlled));
            offerer.Open("192.168.1.2");
            answerer.Open("192.168.1.3", port: 7000);
            IceWorld.Describe(offerer, answerer, withCandidates: !resolves); // whose checks come is found by them
            IceWorld.Describe(answerer, offerer, withCandidates: false);
            offerer.Handle(new RemoteNameFound("8B5CE5F8.local", 7000, CandidateType.Host, 2_130_706_431, "1"));
            offerer.Handle(new RemoteNameFound("8b5ce5f8.LOCAL", 7000, CandidateType.Host, 2_130_706_431, "1"));
            offerer.Handle(new RemoteNameFound("tracker.example", 7000, CandidateType.Host, 2_130_706_431, "1"));
            Assert.Equal(["8B5CE5F8.local"], offerer.NamesAsked);
            offerer.Handle(resolves ? new NameResolved("8b5ce5f8.local", IPAddress.Parse("192.168.1.3")) : new NameUnresolved("8b5ce5f8.local"));
            world.RunFor(TimeSpan.FromMilliseconds(100));

            Assert.Null(world.Disagreement(offerer, answerer));
            var report = offerer.Agent.Report();
            Assert.Equal(resolves ? CandidateType.Host : CandidateType.PeerReflexive, report.Selected!.RemoteType);
            Assert.Equal(resolves ? 0 : 1, report.UnresolvedNames.Count);
        }
    }

    [Fact]
    public void A_candidate_that_was_found_by_its_check_is_the_announced_one_once_it_is_announced()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2");
        answerer.Open("192.168.1.3");
        IceWorld.Describe(offerer, answerer);
        IceWorld.Describe(answerer, offerer, withCandidates: false);
        _world.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal(CandidateType.PeerReflexive, offerer.Agent.Report().Selected!.RemoteType);

        offerer.Handle(IceWorld.Found(answerer, answerer.Agent.LocalCandidates[0]));

        var report = offerer.Agent.Report();
        Assert.Equal(CandidateType.Host, report.Selected!.RemoteType);
        Assert.Equal(answerer.Agent.LocalCandidates[0].Priority, Assert.Single(report.RemoteCandidates).Priority);
        Assert.Null(_world.Disagreement(offerer, answerer));
    }

    [Fact]
    public void Candidates_that_came_before_the_description_are_used_after_it_and_those_of_another_session_are_not()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2");
        answerer.Open("192.168.1.3");
        var candidate = IceWorld.Found(answerer, answerer.Agent.LocalCandidates[0]);
        offerer.Handle(candidate with { Ufrag = "anotherSession", Address = SimulatedNat.At("192.168.1.77", 1) });
        offerer.Handle(candidate);
        Assert.Empty(offerer.Sent);

        IceWorld.Describe(answerer, offerer, withCandidates: false);

        Assert.Equal(candidate.Address, Assert.Single(offerer.Sent).What.To);
    }

    [Fact]
    public void The_first_checks_go_at_once_and_the_others_one_each_fifty_milliseconds()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2");
        IceWorld.Describe(answerer, offerer, withCandidates: false);
        for (var i = 0; i < 12; i++) offerer.Handle(new RemoteCandidateFound(CandidateType.Host, SimulatedNat.At("192.168.1.50", 6000 + i), (uint)(1000 - i), $"f{i}"));
        _world.RunFor(TimeSpan.FromMilliseconds(400));

        var times = offerer.Sent.Select(sent => (sent.At - Instant.Zero).TotalMilliseconds).ToList();
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 50, 100, 150, 200], times);
        Assert.Equal(Enumerable.Range(6000, 12), offerer.Sent.Select(sent => (int)sent.What.To.Port)); // the best first
    }

    [Fact]
    public void Of_pairs_with_one_foundation_one_is_tried_at_a_time()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2");
        IceWorld.Describe(answerer, offerer, withCandidates: false);
        for (var i = 0; i < 3; i++) offerer.Handle(new RemoteCandidateFound(CandidateType.Host, SimulatedNat.At("192.168.1.50", 6000 + i), (uint)(1000 + i), "same"));

        Assert.Equal([PairState.Frozen, PairState.Frozen, PairState.InProgress], offerer.Agent.Report().Pairs.Select(pair => pair.State));
        Assert.Equal(6000, Assert.Single(offerer.Sent).What.To.Port);
    }

    [Fact]
    public void The_report_tells_what_was_tried_and_why_this_pair()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2", new SimulatedNat(NatKind.PortRestricted, "198.51.100.1"));
        answerer.Open("192.0.2.9");
        _world.Introduce(offerer, answerer);
        Agree(offerer, answerer);

        var report = offerer.Agent.Report();
        Assert.Equal((IceState.Connected, IceRole.Controlling, 0, true), (report.State, report.Role, report.Restarts, report.RemoteCandidatesEnded));
        Assert.Contains("nominated by this side", report.Why, StringComparison.Ordinal);
        Assert.Equal(2, report.LocalCandidates.Count);
        var selected = report.Selected!;
        Assert.Equal((PairState.Succeeded, true, TimeSpan.FromMilliseconds(2), CandidateType.Host), (selected.State, selected.IsNominated, selected.RoundTrip!.Value, selected.RemoteType));
        Assert.Equal("198.51.100.1", selected.Mapped!.Value.Address.ToString());
        var theirs = answerer.Agent.Report();
        Assert.Contains("nominated by the other side", theirs.Why, StringComparison.Ordinal);
        Assert.Contains(theirs.Pairs, pair => pair.Remote.Address.ToString() == "192.168.1.2" && !pair.IsSelected);
        Assert.DoesNotContain(offerer.Agent.LocalCredentials.Password, report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_agent_that_was_closed_is_silent()
    {
        var (offerer, answerer) = Pair();
        offerer.Open("192.168.1.2");
        answerer.Open("192.168.1.3");
        _world.Introduce(offerer, answerer);
        Agree(offerer, answerer);

        offerer.Handle(new AgentClosed());
        var sent = offerer.Sent.Count;
        _world.RunFor(TimeSpan.FromSeconds(60));

        Assert.Equal((IceState.Closed, sent, 0), (offerer.Agent.State, offerer.Sent.Count, offerer.Routes.Count));
        Assert.Equal(IceState.Failed, answerer.Agent.State);
    }
}
