using Google.Protobuf;
using Netflux.TestKit;
using Netflux.Wire.Proto;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

/// <summary>What a server keeps for somebody: only its receiver reads it, and nobody makes one up.</summary>
public class KeptInvitationTests
{
    private static readonly InvitationId s_id = IdOf(0x41);
    private static readonly MemberRecord s_sender = SenderIn(Open);
    private static readonly InvitationRecord s_invitation = InvitationRecord.Create(Alice, Invite, Admission.Issue(Alice, Invite, Bob.Id, null, true, Now, null), "club", "ws://localhost:5000", isTracked: true);
    private static readonly KeptInvitation s_sample = new(s_id, Open.Network, s_sender, s_invitation, Now, Now.AddDays(1));

    private static InvitationId IdOf(byte of) => InvitationId.TryRead(Enumerable.Repeat(of, 16).ToArray(), out var id) ? id : default;

    private static MemberRecord SenderIn(Genesis genesis, SeededPeerKeys? keys = null) =>
        MemberRecord.Create(keys ?? Alice, genesis, new Incarnation(7), 1, "alice", Admission.Issue(keys ?? Alice, genesis, (keys ?? Alice).Id, null, true, Now, null), [], false);

    private static byte[] Seal(KeptInvitation kept, SeededPeerKeys? from = null) => KeptInvitation.Seal(kept, from ?? Alice, Bob.Card, new SeededEphemeralKeys(1));

    private static KeptInvitationFault? TryOpen(byte[] bytes, SeededPeerKeys? receiver = null, Genesis? through = null, PeerId? from = null, InvitationId? id = null, DateTimeOffset? now = null) =>
        KeptInvitation.TryOpen(bytes, receiver ?? Bob, through ?? Open, from ?? Alice.Id, id ?? s_id, now ?? Now, out _, out _);

    [Fact]
    public void It_opens_for_its_receiver()
    {
        Assert.Null(KeptInvitation.TryOpen(Seal(s_sample), Bob, Open, Alice.Id, s_id, Now, out var read, out var why));
        Assert.Equal("", why);
        Assert.Equal((s_id, Open.Network, "alice", Now, Now.AddDays(1)), (read!.Id, read.Through, read.Sender.DisplayName, read.SentAt, read.Until));
        Assert.Equal((Alice.Id, Invite.Network, "club", "ws://localhost:5000", true), (read.Invitation.From, read.Invitation.Genesis.Network, read.Invitation.Name, read.Invitation.Server, read.Invitation.IsTracked));
        Assert.Equal((Bob.Id, true), (read.Invitation.Admission.Member, read.Invitation.Admission.MayInvite));
    }

    [Fact]
    public void What_a_server_says_beside_it_has_to_be_what_was_sealed()
    {
        var bytes = Seal(s_sample);
        Assert.Equal(KeptInvitationFault.NotSealedForThis, TryOpen(bytes, receiver: Carol));
        Assert.Equal(KeptInvitationFault.NotSealedForThis, TryOpen(bytes, through: Invite));
        Assert.Equal(KeptInvitationFault.NotSealedForThis, TryOpen(bytes, from: Carol.Id));
        Assert.Equal(KeptInvitationFault.NotSealedForThis, TryOpen(bytes, id: IdOf(0x42)));
    }

    [Fact]
    public void What_is_tampered_with_does_not_open() => Tampering.IsRefused(Seal(s_sample), bytes => TryOpen(bytes) is null);

    [Fact]
    public void More_bytes_than_any_has_are_not_looked_at() => Assert.Equal(KeptInvitationFault.TooLong, TryOpen(new byte[IdentityOptions.KeptInvitationBytesMax + 1]));

    /// <summary>Whoever knows the receiver's card can seal anything for it; what it cannot is sign.</summary>
    private static byte[] SealedAs(byte[] record, PeerId from, NetworkId? through = null, InvitationId? id = null, SeededPeerKeys? to = null) =>
        Hpke.Seal((to ?? Bob).Card.SealingPoint, "netflux kept invitation v1"u8, [.. (through ?? Open.Network).ToArray(), .. from.ToArray(), .. (to ?? Bob).Id.ToArray(), .. (id ?? s_id).ToArray()], record, new SeededEphemeralKeys(2));

    private static byte[] RecordOf(byte[] sealedBytes) =>
        Hpke.TryOpen(sealedBytes, Bob, "netflux kept invitation v1"u8, [.. Open.Network.ToArray(), .. Alice.Id.ToArray(), .. Bob.Id.ToArray(), .. s_id.ToArray()], out var record) ? record : throw new InvalidOperationException("It does not open.");

    [Fact]
    public void Sealed_in_the_name_of_another_it_is_dropped() =>
        Assert.Equal(KeptInvitationFault.OfAnotherSender, TryOpen(SealedAs(SignedRecords.Create(Carol, KeptInvitation.Purpose, Body()), Alice.Id)));

    [Fact]
    public void Whoever_could_open_it_cannot_seal_it_again_for_another_or_under_another_id_or_in_another_network()
    {
        var record = RecordOf(Seal(s_sample));
        Assert.Null(TryOpen(SealedAs(record, Alice.Id)));
        Assert.Equal(KeptInvitationFault.ForAnother, TryOpen(SealedAs(record, Alice.Id, to: Carol), receiver: Carol));
        Assert.Equal(KeptInvitationFault.ForAnother, TryOpen(SealedAs(record, Alice.Id, id: IdOf(0x42)), id: IdOf(0x42)));
        Assert.Equal(KeptInvitationFault.ForAnother, TryOpen(SealedAs(record, Alice.Id, through: Invite.Network), through: Invite));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(-120, null)]              // two minutes of tolerance
    [InlineData(-121, (int)KeptInvitationFault.TimeWrong)]
    [InlineData(86_520, null)]
    [InlineData(86_521, (int)KeptInvitationFault.Expired)]
    public void It_is_in_force_for_its_time(int seconds, int? fault) => Assert.Equal((KeptInvitationFault?)fault, TryOpen(Seal(s_sample), now: Now.AddSeconds(seconds)));

    [Fact]
    public void Nothing_is_in_force_for_longer_than_a_week()
    {
        Assert.Null(TryOpen(Seal(s_sample with { Until = Now.AddDays(7) })));
        Assert.Equal(KeptInvitationFault.TimeWrong, TryOpen(Seal(s_sample with { Until = Now.AddDays(7).AddMilliseconds(1) })));
    }

    [Fact]
    public void Its_sender_shows_that_it_is_a_member()
    {
        Assert.Equal(KeptInvitationFault.SenderNotAdmitted, TryOpen(Seal(s_sample with { Sender = SenderIn(Invite) })));
        Assert.Equal(KeptInvitationFault.SenderNotAdmitted, TryOpen(Seal(s_sample with { Sender = SenderIn(Open, Carol) })));
    }

    [Fact]
    public void The_join_request_in_it_holds()
    {
        var forCarol = InvitationRecord.Create(Alice, Invite, Admission.Issue(Alice, Invite, Carol.Id, null, true, Now, null), "club", null);
        Assert.Equal(KeptInvitationFault.InvitationInvalid, TryOpen(Seal(s_sample with { Invitation = forCarol })));
        var byCarol = InvitationRecord.Create(Carol, Invite, s_invitation.Admission, "club", null);
        Assert.Equal(KeptInvitationFault.InvitationInvalid, TryOpen(Seal(s_sample with { Invitation = byCarol })));
    }

    [Theory]
    [InlineData("to")]
    [InlineData("through")]
    [InlineData("id")]
    [InlineData("sent at")]
    [InlineData("until")]
    [InlineData("before 1970")]
    public void Hostile_fields_are_dropped(string what)
    {
        Assert.Null(TryOpen(Signed(Body())));
        var body = Body();
        switch (what)
        {
            case "to": body.To = ByteString.CopyFrom(1, 2, 3); break;
            case "through": body.Through = ByteString.Empty; break;
            case "id": body.Id = ByteString.CopyFrom(new byte[17]); break;
            case "sent at": body.SentAtMs = long.MaxValue; break;
            case "until": body.UntilMs = long.MaxValue; break;
            case "before 1970": body.SentAtMs = -1; break;
        }
        Assert.Equal(KeptInvitationFault.Malformed, TryOpen(Signed(body)));
    }

    [Fact]
    public void Hostile_records_in_it_are_dropped()
    {
        var body = Body();
        body.Member = ByteString.CopyFrom(1, 2, 3);
        Assert.Equal(KeptInvitationFault.SenderNotAdmitted, TryOpen(Signed(body)));
        body = Body();
        body.Invitation = ByteString.Empty;
        Assert.Equal(KeptInvitationFault.InvitationInvalid, TryOpen(Signed(body)));
        Assert.Equal(KeptInvitationFault.Malformed, TryOpen(SealedAs(SignedRecords.Create(Alice, "netflux invitation v1", Body()), Alice.Id)));
    }

    [Fact]
    public void The_longest_fits()
    {
        Admission? by = null;
        var issuer = Alice;
        for (ulong depth = 1; depth <= 7; depth++)
        {
            var member = new SeededPeerKeys(100 + depth);
            by = Admission.Issue(issuer, Invite, member.Id, by, true, Now, Now.AddYears(1));
            issuer = member;
        }
        var json = $$"""{"type":"full-mesh","join":"invite"{{new string(' ', IdentityOptions.TopologyJsonBytesMax - 36)}}}""";
        var large = Genesis.Create(issuer, Parse(json), new SeededRandom(3), Now);
        var longest = s_sample with
        {
            Through = Invite.Network,
            Sender = MemberRecord.Create(issuer, Invite, new Incarnation(ulong.MaxValue), 1, new string('x', 64), by!, [], false),
            Invitation = InvitationRecord.Create(issuer, large, Admission.Issue(issuer, large, Bob.Id, null, true, Now, Now.AddYears(1)), new string('n', 64), "ws://" + new string('a', 195), true),
            Until = Now.AddDays(7),
        };
        var bytes = Seal(longest, issuer);
        Assert.InRange(bytes.Length, 19_000, IdentityOptions.KeptInvitationBytesMax);
        Assert.Null(TryOpen(bytes, through: Invite, from: issuer.Id));
    }

    private static byte[] Signed(KeptInvitationBody body) => SealedAs(SignedRecords.Create(Alice, KeptInvitation.Purpose, body), Alice.Id);

    private static KeptInvitationBody Body() => new()
    {
        Through = ByteString.CopyFrom(Open.Network.ToArray()), To = ByteString.CopyFrom(Bob.Id.ToArray()), Id = ByteString.CopyFrom(s_id.ToArray()),
        Member = ByteString.CopyFrom(s_sender.Record.Span), Invitation = ByteString.CopyFrom(s_invitation.Record.Span),
        SentAtMs = Now.ToUnixTimeMilliseconds(), UntilMs = Now.AddHours(1).ToUnixTimeMilliseconds(),
    };

    // ---- The id ----

    [Fact]
    public void An_id_is_32_hexadecimal_characters()
    {
        Assert.Equal(string.Concat(Enumerable.Repeat("41", 16)), s_id.ToString());
        Assert.True(InvitationId.TryParse(s_id.ToString(), out var read));
        Assert.Equal(s_id, read);
        foreach (var other in new[] { null, "", "41", s_id + "4", s_id.ToString()[1..], " " + s_id.ToString()[1..], "g" + s_id.ToString()[1..] }) Assert.False(InvitationId.TryParse(other, out _));
        Assert.False(InvitationId.TryRead(new byte[15], out _));
        Assert.True(IdOf(1) < IdOf(2) && IdOf(2) > IdOf(1) && IdOf(1) <= IdOf(1) && IdOf(1) >= IdOf(1) && IdOf(1).CompareTo(IdOf(2)) < 0);
    }
}
