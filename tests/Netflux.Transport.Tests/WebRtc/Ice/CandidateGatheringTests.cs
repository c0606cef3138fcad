using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

public sealed class CandidateGatheringTests
{
    private static readonly TransportAddress s_host = SimulatedNat.At("192.168.1.2", 5000);
    private static readonly TransportAddress s_host6 = SimulatedNat.At("2001:db8::2", 5000);
    private static readonly TransportAddress s_server = SimulatedNat.At("203.0.113.1", 3478);
    private static readonly TransportAddress s_mapped = SimulatedNat.At("198.51.100.1", 40_000);

    private readonly CandidateGathering _gathering = new(new GatheringOptions(), new SeededRandom(1));
    private Instant _now;

    private List<GatheringInstruction> Tell(params GatheringFact[] facts)
    {
        foreach (var fact in facts) _gathering.Handle(fact, _now);
        return Taken();
    }

    private List<GatheringInstruction> Taken()
    {
        var taken = new List<GatheringInstruction>();
        while (_gathering.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private List<GatheringInstruction> Answer(SendInquiry inquiry, TransportAddress mapped, TransportAddress? from = null, StunClass how = StunClass.SuccessResponse)
    {
        var buffer = new byte[100];
        var writer = new StunWriter(buffer, how, StunMethod.Binding, inquiry.Awaits);
        writer.WriteXorAddress(StunAttributeType.XorMappedAddress, mapped);
        _gathering.HandleStun(inquiry.From, from ?? inquiry.Server, writer.Written, _now);
        return Taken();
    }

    [Fact]
    public void A_base_is_a_candidate_and_is_asked_how_a_server_sees_it()
    {
        var told = Tell(new BaseOpened(new(0), s_host), new BaseOpened(new(0), s_host6), new StunServerFound(s_server), new BasesEnded());

        Assert.Equal(new GatheredCandidate(LocalCandidateFound.Host(new(0), s_host)), told[0]);
        Assert.Equal(new GatheredCandidate(LocalCandidateFound.Host(new(0), s_host6)), told[1]);
        var inquiry = Assert.IsType<SendInquiry>(told[2]);
        Assert.Equal((new IceBase(0), s_server, 3), (inquiry.From, inquiry.Server, told.Count));
        Assert.True(StunMessage.TryParse(inquiry.Message.Span, out var request));
        Assert.Equal((StunClass.Request, StunMethod.Binding, inquiry.Awaits), (request.Class, request.Method, request.Id));

        Assert.Equal([new GatheredCandidate(LocalCandidateFound.ServerReflexive(new(0), s_mapped, s_host, s_server)), new GatheringEnded(true)], Answer(inquiry, s_mapped));
        Assert.Null(_gathering.NextDeadline);
    }

    [Fact]
    public void Without_a_nat_nothing_is_told_twice_and_a_refusal_is_the_end_of_it()
    {
        var inquiry = Tell(new StunServerFound(s_server), new BaseOpened(new(0), s_host), new BasesEnded()).OfType<SendInquiry>().Single();
        Assert.Equal([new GatheringEnded(true)], Answer(inquiry, s_host));

        var other = new CandidateGatheringTests();
        inquiry = other.Tell(new StunServerFound(s_server), new BaseOpened(new(0), s_host), new BasesEnded()).OfType<SendInquiry>().Single();
        Assert.Equal([new GatheringEnded(true)], other.Answer(inquiry, s_mapped, how: StunClass.ErrorResponse));
    }

    [Fact]
    public void An_answer_from_elsewhere_is_none()
    {
        var inquiry = Tell(new StunServerFound(s_server), new BaseOpened(new(0), s_host), new BasesEnded()).OfType<SendInquiry>().Single();

        Assert.Empty(Answer(inquiry, s_mapped, from: SimulatedNat.At("203.0.113.2", 3478)));
        Assert.Equal(2, Answer(inquiry, s_mapped).Count);
        Assert.Empty(Answer(inquiry, s_mapped));
    }

    [Fact]
    public void A_silent_server_is_asked_again_until_the_time_is_over()
    {
        Tell(new StunServerFound(s_server), new BaseOpened(new(0), s_host), new BasesEnded());
        var times = new List<double>();
        while (_gathering.NextDeadline is { } at)
        {
            _now = at;
            _gathering.HandleDeadline(at);
            foreach (var instruction in Taken())
            {
                times.Add((at - Instant.Zero).TotalSeconds);
                if (instruction is GatheringEnded ended) Assert.False(ended.Complete);
            }
        }

        Assert.Equal([0.5, 1.5, 3.5, 5], times);
    }

    [Fact]
    public void The_end_waits_for_names_and_relays()
    {
        Assert.Single(Tell(new StunServerPending(), new RelayPending(), new BaseOpened(new(0), s_host), new BasesEnded()));
        Assert.Empty(Tell(new StunServerEnded()));
        var told = Tell(new RelayFound(new(1), s_server, s_mapped, s_server), new RelayEnded());

        Assert.Equal([new GatheredCandidate(LocalCandidateFound.Relayed(new(1), s_server, s_mapped, s_server)), new GatheringEnded(true)], told);
    }

    [Fact]
    public void Local_sockets_are_not_asked_about_and_inquiries_are_paced()
    {
        var facts = new List<GatheringFact> { new BaseOpened(new(0), SimulatedNat.At("127.0.0.1", 1)), new BaseOpened(new(1), SimulatedNat.At("fe80::1", 1)) };
        for (var i = 0; i < 20; i++) facts.Add(new StunServerFound(SimulatedNat.At("203.0.113.1", 100 + i)));
        for (var i = 2; i < 5; i++) facts.Add(new BaseOpened(new(i), SimulatedNat.At("192.168.1.2", i)));
        var sent = Tell([.. facts]).OfType<SendInquiry>().ToList();
        Assert.Equal(8, sent.Count);
        Assert.All(sent, inquiry => Assert.True(inquiry.From.Id >= 2));

        _now += TimeSpan.FromMilliseconds(50);
        _gathering.HandleDeadline(_now);
        var ninth = Assert.IsType<SendInquiry>(Assert.Single(Taken())).Awaits;
        for (var i = 0; i < 80; i++)
        {
            _now += TimeSpan.FromMilliseconds(10);
            _gathering.HandleDeadline(_now);
        }
        Assert.Equal(24 - 9, Taken().OfType<SendInquiry>().Select(inquiry => inquiry.Awaits).Except(sent.Select(inquiry => inquiry.Awaits)).Count(id => id != ninth)); // eight servers at most, three bases
    }
}
