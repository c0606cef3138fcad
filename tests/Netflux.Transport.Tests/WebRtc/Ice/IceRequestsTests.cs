using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>RFC 8445 §7.3 and RFC 8489 §9.1.3: how requests are answered, and what they leave behind.</summary>
public sealed class IceRequestsTests
{
    private static readonly TransportAddress s_stranger = SimulatedNat.At("192.168.1.66", 666);

    private readonly IceWorld _world = new();
    private readonly IceParty _party;

    public IceRequestsTests()
    {
        _party = _world.AddParty("party", IceRole.Controlled);
        _party.Open("192.168.1.2");
    }

    private StunSent[] Ask(byte[] request)
    {
        var before = _party.Sent.Count;
        _party.Receive(new IceBase(0), s_stranger, request);
        return [.. _party.Sent.Skip(before).Select(sent => sent.What)];
    }

    private void Describe()
    {
        Assert.True(IceCredentials.TryCreate("them", "theirPasswordOf22Chars", out var credentials));
        _party.Handle(new RemoteDescription(credentials, Lite: false));
    }

    [Fact]
    public void Without_username_or_integrity_it_is_a_bad_request_and_with_wrong_ones_not_authenticated()
    {
        Describe();
        var buffer = new byte[200];
        var bare = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, default);
        Assert.Equal(StunErrorCode.BadRequest, Forged.ErrorOf(Assert.Single(Ask(bare.Written.ToArray()))));
        bare.Write(StunAttributeType.Username, $"{_party.Agent.LocalCredentials.Ufrag}:them");
        Assert.Equal(StunErrorCode.BadRequest, Forged.ErrorOf(Assert.Single(Ask(bare.Written.ToArray()))));

        Assert.Equal(StunErrorCode.Unauthenticated, Forged.ErrorOf(Assert.Single(Ask(Forged.Check(_party, password: "notTheirPassword000000")))));
        Assert.Equal(StunErrorCode.Unauthenticated, Forged.ErrorOf(Assert.Single(Ask(Forged.Check(_party, ufrag: "otherone")))));
        Assert.Equal(StunErrorCode.Unauthenticated, Forged.ErrorOf(Assert.Single(Ask(Forged.Check(_party, ufrag: "")))));
        AssertNothingLearned();
    }

    [Fact]
    public void A_base_without_candidates_answers_nobody()
    {
        // As the socket of a side that uses relays only.
        Describe();
        _party.Receive(new IceBase(1), s_stranger, Forged.Check(_party));
        _party.Receive(new IceBase(1), s_stranger, Forged.Check(_party, password: "notTheirPassword000000"));
        Assert.DoesNotContain(_party.Sent, sent => sent.What.To == s_stranger);
        AssertNothingLearned();
    }

    [Fact]
    public void A_fingerprint_that_does_not_hold_and_what_is_no_binding_request_is_silence()
    {
        Describe();
        var damaged = Forged.Check(_party);
        damaged[^1] ^= 1;
        Assert.Empty(Ask(damaged));
        var buffer = new byte[200];
        foreach (var (messageClass, method) in new[] { (StunClass.Indication, StunMethod.Binding), (StunClass.Request, StunMethod.Allocate), (StunClass.SuccessResponse, StunMethod.Binding), (StunClass.ErrorResponse, StunMethod.Binding) })
            Assert.Empty(Ask(new StunWriter(buffer, messageClass, method, default).Written.ToArray()));
        AssertNothingLearned();
    }

    [Fact]
    public void Refusals_of_the_unauthenticated_are_few()
    {
        Describe();
        var answered = 0;
        for (var i = 0; i < 1000; i++) answered += Ask(Forged.Check(_party, password: "notTheirPassword000000")).Length;
        Assert.Equal(new IceOptions().RefusalsBurst, answered);
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(Ask(Forged.Check(_party, password: "notTheirPassword000000")));
        AssertNothingLearned();
    }

    [Fact]
    public void What_must_be_understood_and_is_not_is_named()
    {
        Describe();
        var refusal = Assert.Single(Ask(Forged.Check(_party, unknown: 0x7777)));
        Assert.Equal(StunErrorCode.UnknownAttribute, Forged.ErrorOf(refusal, _party.Agent.LocalCredentials.Password));
        Assert.True(StunMessage.TryParse(refusal.Message, out var message));
        Assert.True(message.TryGet(StunAttributeType.UnknownAttributes, out var unknown));
        Assert.Equal("7777", Convert.ToHexString(unknown));
        AssertNothingLearned();

        var sent = Ask(Forged.Check(_party, unknown: 0xC057)); // GOOG-NETWORK-INFO of browsers may be skipped
        Assert.Equal(2, sent.Length); // the answer, and the check that it triggered
    }

    [Fact]
    public void The_larger_tiebreaker_keeps_its_role()
    {
        Describe();
        Assert.Equal(StunErrorCode.RoleConflict, Forged.ErrorOf(Assert.Single(Ask(Forged.Check(_party, controlling: false, tieBreaker: ulong.MaxValue))), _party.Agent.LocalCredentials.Password));
        Assert.Equal(IceRole.Controlled, _party.Agent.Role); // the larger one must control, and is told so
        AssertNothingLearned();

        Assert.Equal(2, Ask(Forged.Check(_party, controlling: false, tieBreaker: 0)).Length);
        Assert.Equal(IceRole.Controlling, _party.Agent.Role);
        Assert.Equal(StunErrorCode.RoleConflict, Forged.ErrorOf(Assert.Single(Ask(Forged.Check(_party, controlling: true, tieBreaker: 0))), _party.Agent.LocalCredentials.Password));
        Assert.Equal(IceRole.Controlling, _party.Agent.Role);
    }

    [Fact]
    public void An_answer_tells_the_address_and_a_triggered_check_follows_at_once()
    {
        Describe();
        var sent = Ask(Forged.Check(_party));

        Assert.True(StunMessage.TryParse(sent[0].Message, out var answer));
        Assert.Equal((StunClass.SuccessResponse, new StunTransactionId(0xABCD, 7)), (answer.Class, answer.Id));
        Assert.True(answer.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped));
        Assert.Equal(s_stranger, mapped);
        Assert.True(answer.VerifyIntegrity(StunIntegrity.ShortTermKey(_party.Agent.LocalCredentials.Password)) && answer.HasFingerprint());

        Assert.True(StunMessage.TryParse(sent[1].Message, out var check));
        Assert.Equal(check.Id, sent[1].Awaits);
        Assert.True(check.TryGet(StunAttributeType.Username, out var username));
        Assert.Equal($"them:{_party.Agent.LocalCredentials.Ufrag}", System.Text.Encoding.ASCII.GetString(username));
        Assert.True(check.TryGetUInt32(StunAttributeType.Priority, out var priority));
        Assert.Equal(110u << 24 | 65534u << 8 | 255, priority);
        Assert.True(check.Has(StunAttributeType.IceControlled));
        Assert.False(check.Has(StunAttributeType.UseCandidate));
        Assert.True(check.VerifyIntegrity(StunIntegrity.ShortTermKey("theirPasswordOf22Chars")) && check.HasFingerprint());
        Assert.Contains((new IceBase(0), s_stranger), _party.Routes);
    }

    [Fact]
    public void A_flood_of_authenticated_requests_triggers_one_check_in_fifty_milliseconds()
    {
        Describe();
        var before = _party.RequestsSent;
        for (var i = 0; i < 1000; i++)
        {
            Ask(Forged.Check(_party));
            _world.RunFor(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(_party.RequestsSent - before, 15, 22);
    }

    [Fact]
    public void Checks_before_the_description_are_answered_and_some_are_remembered()
    {
        for (var i = 0; i < 100; i++) _party.Receive(new IceBase(0), SimulatedNat.At("192.168.1.66", 1000 + i), Forged.Check(_party));
        Assert.Equal(100, _party.Sent.Count);
        Assert.Equal(0, _party.RequestsSent);
        Assert.Equal(16, _party.Routes.Count);

        Describe();

        Assert.Equal(16, _party.RequestsSent);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void From_an_address_of_another_connection_nothing_is_answered(bool mayTake)
    {
        Describe();
        _party.HeldElsewhere.Add(s_stranger);
        _party.MayTake = mayTake;

        var sent = Ask(Forged.Check(_party));

        // Who may take the address asks in return: an answer would show that the other connection has lost it.
        Assert.Equal(mayTake ? [StunClass.Request] : [], sent.Select(one => StunMessage.TryParse(one.Message, out var message) ? message.Class : default));
        Assert.True(_party.Refusals > 0);
        Assert.Empty(_party.Routes);
    }

    private void AssertNothingLearned()
    {
        var report = _party.Agent.Report();
        Assert.Equal((0, 0, 0), (report.RemoteCandidates.Count, report.Pairs.Count, _party.Routes.Count));
    }
}
