using Google.Protobuf;
using Netflux.Core;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Wire.Proto;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

/// <summary>Tickets, and the admissions for which a tracking server redeems them.</summary>
public class TicketTests
{
    private static readonly SeededPeerKeys s_tracker = new(70), s_otherTracker = new(71);
    private static readonly TimeSpan s_week = TimeSpan.FromDays(7);

    private static Admission AdmissionOf(IPeerKeys member, bool mayInvite = true) =>
        member.Id == Alice.Id ? Admission.Issue(Alice, Invite, Alice.Id, null, true, Now, null) : Admission.Issue(Alice, Invite, member.Id, null, mayInvite, Now, null);

    private static Ticket Issue(IPeerKeys? issuer = null, Admission? by = null, PeerId? holder = null, uint uses = 0, bool mayInvite = false, byte[]? root = null, IRandomSource? random = null)
    {
        issuer ??= Bob;
        return Ticket.Issue(issuer, Invite, by ?? AdmissionOf(issuer), new TicketTerms(holder, uses, s_week, mayInvite, s_tracker.Id), root, random ?? new SeededRandom(5), Now);
    }

    private static Ticket Read(string text) => Ticket.TryParse(text, out var ticket, out var why) ? ticket : throw new ArgumentException(why);

    private static string? WhyNot(string? text) => Ticket.TryParse(text, out _, out var why) ? null : why;

    // ---- The ticket ----

    [Fact]
    public void Its_text_says_all_that_it_is()
    {
        var issued = Issue(holder: Carol.Id, uses: 3, mayInvite: true);
        Assert.Matches("^netflux-ticket-[A-Za-z0-9_-]+$", issued.Text);
        var read = Read($" {issued.Text}\n");
        Assert.Equal((Invite.Network, Bob.Id, Carol.Id, 3, true, Now + s_week), (read.Network, read.Issuer, read.Holder, read.Uses, read.MayInvite, read.ExpiresAt));
        Assert.Equal(issued.Text, read.Text);
        var free = Read(Issue().Text);
        Assert.Equal((null, null, false), (free.Holder, free.Uses, free.MayInvite));
    }

    [Fact]
    public void What_is_logged_of_it_lets_nobody_in()
    {
        var ticket = Issue();
        Assert.DoesNotContain(ticket.Text, ticket.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(ticket.Text[^40..], new JoinNetwork($"ws://host/net/{Invite.Network}") { Ticket = ticket }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_two_are_alike() => Assert.NotEqual(Issue(random: new SeededRandom(1)).Text, Issue(random: new SeededRandom(2)).Text);

    [Theory]
    [InlineData(null, "This is no ticket: one begins with netflux-ticket-.")]
    [InlineData("", "This is no ticket: one begins with netflux-ticket-.")]
    [InlineData("lobby", "This is no ticket: one begins with netflux-ticket-.")]
    [InlineData("netflux-ticket-", "The ticket is not valid. Its signature does not hold.")]
    [InlineData("netflux-ticket-a", "The ticket is damaged or not whole: copy all of it, and nothing else.")]
    [InlineData("netflux-ticket-aGVs bG8", "The ticket is damaged or not whole: copy all of it, and nothing else.")]
    [InlineData("netflux-ticket-aGVsbG8=", "The ticket is damaged or not whole: copy all of it, and nothing else.")]
    [InlineData("netflux-ticket-aGVsbG8", "The ticket is damaged or not whole: copy all of it, and nothing else.")]
    public void What_is_no_ticket_is_said_so(string? text, string why) => Assert.Equal(why, WhyNot(text));

    [Fact]
    public void A_text_longer_than_any_is_not_looked_at() => Assert.EndsWith("characters, and none has more than 3226.", WhyNot(Ticket.TextPrefix + new string('A', 3_212)), StringComparison.Ordinal);

    [Fact]
    public void Of_a_text_that_was_changed_or_cut_nothing_is_read()
    {
        var text = Issue(root: [1, 2, 3]).Text;
        for (var length = 0; length < text.Length; length++) Assert.NotNull(WhyNot(text[..length]));
        for (var at = Ticket.TextPrefix.Length; at < text.Length - 1; at++) Assert.NotNull(WhyNot($"{text[..at]}{(text[at] == 'A' ? 'B' : 'A')}{text[(at + 1)..]}"));
    }

    [Fact]
    public void The_state_of_the_members_beside_it_is_what_its_issuer_put_there()
    {
        byte[] root = [.. Enumerable.Repeat((byte)7, 260)];
        var ticket = Read(Issue(root: root).Text);
        Assert.Equal(root, ticket.TrackerRoot.ToArray());
        Assert.Equal("The ticket's parts do not belong together: ask for another one.", WhyNot(With(ticket, parts => parts.TrackerRoot = ByteString.Empty)));
        Assert.NotNull(WhyNot(With(ticket, parts => parts.TrackerRoot = ByteString.CopyFrom(root[1..]))));
        Assert.NotNull(WhyNot(With(ticket, parts => parts.Secret = Read(Issue(random: new SeededRandom(6)).Text) is { } other ? ByteString.CopyFrom(other.Secret.Span) : null)));
        Assert.NotNull(WhyNot(With(Read(Issue().Text), parts => parts.TrackerRoot = ByteString.CopyFrom(root))));

        static string With(Ticket ticket, Action<TicketText> change)
        {
            var parts = new TicketText { Ticket = ByteString.CopyFrom(ticket.Signed.Record.Span), Secret = ByteString.CopyFrom(ticket.Secret.Span), TrackerRoot = ByteString.CopyFrom(ticket.TrackerRoot.Span) };
            change(parts);
            return Ticket.TextPrefix + System.Buffers.Text.Base64Url.EncodeToString(parts.ToByteArray());
        }
    }

    [Fact]
    public void Who_may_not_invite_issues_none()
    {
        var carol = Admission.Issue(Alice, Invite, Carol.Id, null, mayInvite: false, Now, null);
        var refused = Assert.Throws<NetfluxException>(() => Issue(Carol, carol));
        Assert.Equal((NetfluxError.NotAdmitted, $"{Carol.Id} may not invite others into this network."), (refused.Error, refused.Message));
        Assert.Throws<NetfluxException>(() => Issue(Carol, AdmissionOf(Bob)));      // another's right
    }

    [Fact]
    public void Its_secret_opens_it_and_no_other()
    {
        var ticket = Issue();
        Assert.True(ticket.Signed.IsOpenedBy(ticket.Secret.Span));
        Assert.False(ticket.Signed.IsOpenedBy(default));
        Assert.False(ticket.Signed.IsOpenedBy(new byte[32]));
    }

    [Fact]
    public void It_is_in_force_with_two_minutes_of_tolerance_on_both_sides()
    {
        var signed = Issue().Signed;
        foreach (var (at, isInForce) in new[] { (Now.AddMinutes(-2), true), (Now.AddMinutes(-2).AddMilliseconds(-1), false), (Now + s_week, true), ((Now + s_week).AddMinutes(2), true), ((Now + s_week).AddMinutes(2).AddMilliseconds(1), false) })
            Assert.Equal(isInForce, signed.IsInForceAt(at.ToUnixTimeMilliseconds()));
        Assert.False(signed.IsInForceAt(long.MinValue));
        Assert.False(signed.IsInForceAt(long.MaxValue));
    }

    [Theory]
    [InlineData(-1L, 1L)]
    [InlineData(long.MinValue, 0L)]
    [InlineData(10L, 9L)]
    [InlineData(0L, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(0L, 366L * 86_400_000 + 1)]
    public void Hostile_times_are_refused(long issued, long expires)
    {
        Assert.True(TicketRecord.TryParse(Record(body => (body.IssuedAtMs, body.ExpiresAtMs) = (0, 366L * 86_400_000)), out _, out _));
        Assert.False(TicketRecord.TryParse(Record(body => (body.IssuedAtMs, body.ExpiresAtMs) = (issued, expires)), out _, out var why));
        Assert.Equal("The ticket is not valid: its body cannot be read.", why);
    }

    [Fact]
    public void What_is_too_long_or_too_short_is_refused()
    {
        foreach (var change in new Action<TicketBody>[]
        {
            body => body.Network = ByteString.Empty, body => body.Holder = ByteString.CopyFrom(1), body => body.Redeemer = ByteString.Empty, body => body.Serial = ByteString.CopyFrom(new byte[17]),
            body => body.SecretHash = ByteString.CopyFrom(new byte[31]), body => body.TrackerRootHash = ByteString.CopyFrom(new byte[33]), body => body.IssuerAdmission = ByteString.CopyFrom(new byte[2_000]),
        })
            Assert.False(TicketRecord.TryParse(Record(change), out _, out _));
    }

    [Fact]
    public void What_is_tampered_with_is_refused() => Tampering.IsRefused(Issue().Signed.Record.ToArray(), bytes => TicketRecord.TryParse(bytes, out _, out _));

    // ---- The admission ----

    private static Admission Redeem(Ticket ticket, PeerId? member = null, IPeerKeys? by = null, DateTimeOffset? at = null) =>
        Admission.Redeem(by ?? s_tracker, Invite, ticket.Signed, member ?? Carol.Id, at ?? Now);

    private static string? WhyRefused(Ticket ticket, Action<AdmissionBody>? change = null, IPeerKeys? by = null, DateTimeOffset? now = null)
    {
        var body = new AdmissionBody
        {
            Network = ByteString.CopyFrom(Invite.Network.ToArray()), Member = ByteString.CopyFrom(Carol.Id.ToArray()), Rights = ticket.Signed.Rights, IssuedAtMs = Now.ToUnixTimeMilliseconds(),
            Ticket = ByteString.CopyFrom(ticket.Signed.Record.Span),
        };
        change?.Invoke(body);
        return Admission.TryParse(SignedRecords.Create(by ?? s_tracker, Admission.Purpose, body), Invite, now ?? Now, out _, out var why) ? null : why;
    }

    [Fact]
    public void Members_take_it_from_the_server_that_the_ticket_names()
    {
        var admission = Redeem(Issue(holder: Carol.Id, mayInvite: true));
        Assert.True(Admission.TryParse(admission.Record, Invite, Now.AddYears(5), out var read, out _));        // the ticket's end is not that of the membership
        Assert.Equal((Carol.Id, s_tracker.Id, true), (read.Member, read.Issuer, read.MayInvite));
        Assert.False(Redeem(Issue()).MayInvite);
        Assert.Null(WhyRefused(Issue(Alice)));                      // of the creator
    }

    [Fact]
    public void Who_came_by_a_ticket_and_may_invite_invites()
    {
        var carol = Redeem(Issue(mayInvite: true));
        var dave = new SeededPeerKeys(4);
        Assert.Equal(Carol.Id, Admission.Issue(Carol, Invite, dave.Id, carol, false, Now, null).Issuer);
        Assert.Equal(dave.Id, Redeem(Issue(Carol, carol), dave.Id).Member);
        Assert.Throws<NetfluxException>(() => Admission.Issue(Carol, Invite, dave.Id, Redeem(Issue()), false, Now, null));
    }

    [Fact]
    public void What_the_ticket_does_not_say_is_refused()
    {
        var ticket = Issue(holder: Carol.Id);
        Assert.Null(WhyRefused(ticket));
        Assert.Equal($"{s_otherTracker.Id} is not the one that redeems this ticket.", WhyRefused(ticket, by: s_otherTracker));
        Assert.Equal($"{Carol.Id} is not the one that redeems this ticket.", WhyRefused(ticket, by: Carol));
        Assert.Equal("The ticket is for another peer.", WhyRefused(ticket, body => body.Member = ByteString.CopyFrom(Bob.Id.ToArray())));
        Assert.Equal("The admission gives more than its ticket does.", WhyRefused(ticket, body => body.Rights = 1));
        Assert.Equal("The admission gives more than its ticket does.", WhyRefused(Issue(mayInvite: true), body => body.Rights = 3));
        Assert.Null(WhyRefused(Issue(mayInvite: true), body => body.Rights = 0));
        Assert.Equal("The admission shows two reasons; it has one.", WhyRefused(ticket, body => body.IssuerAdmission = ByteString.CopyFrom(AdmissionOf(Bob).Record.Span)));
        Assert.Equal("The ticket is not valid. It is not a signed record.", WhyRefused(ticket, body => body.Ticket = ByteString.CopyFrom(1, 2, 3)));
    }

    [Theory]
    [InlineData(-121_000, false)]
    [InlineData(-120_000, true)]
    [InlineData(7 * 86_400_000L + 120_000, true)]
    [InlineData(7 * 86_400_000L + 120_001, false)]
    public void It_is_redeemed_while_the_ticket_is_in_force(long after, bool isTaken)
    {
        var why = WhyRefused(Issue(), body => body.IssuedAtMs += after);
        Assert.Equal(isTaken ? null : "The ticket was not in force when it was redeemed.", why);
    }

    [Fact]
    public void A_ticket_for_another_network_is_refused()
    {
        var other = Genesis.Create(Alice, Parse("""{"type":"full-mesh","join":"invite"}"""), new SeededRandom(9), Now);
        var ticket = Ticket.Issue(Alice, other, Admission.Issue(Alice, other, Alice.Id, null, true, Now, null), new TicketTerms(null, 0, s_week, false, s_tracker.Id), default, new SeededRandom(5), Now);
        Assert.Equal("The ticket is for another network.", WhyRefused(ticket));
    }

    [Fact]
    public void An_issuer_that_may_invite_no_more_takes_along_whom_its_tickets_let_in()
    {
        var bob = Admission.Issue(Alice, Invite, Bob.Id, null, true, Now, Now.AddHours(1));
        var ticket = Issue(Bob, bob);
        Assert.Null(WhyRefused(ticket, now: Now.AddHours(1)));
        Assert.Equal("The issuer's own admission does not hold. The admission has expired: ask for a new one.", WhyRefused(ticket, now: Now.AddHours(2)));
    }

    [Fact]
    public void A_stranger_that_made_itself_a_tracking_server_lets_nobody_in()
    {
        var ticket = TicketRecord.TryParse(Record(body => body.Redeemer = ByteString.CopyFrom(Carol.Id.ToArray()), signer: Carol), out var signed, out _) ? signed : null;
        Assert.Throws<NetfluxException>(() => Admission.Redeem(Carol, Invite, ticket!, Carol.Id, Now));
    }

    [Fact]
    public void A_chain_holds_four_tickets()
    {
        Admission? by = null;
        IPeerKeys issuer = Alice;
        for (ulong depth = 1; depth <= 4; depth++)
        {
            var member = new SeededPeerKeys(100 + depth);
            by = Redeem(Ticket.Issue(issuer, Invite, by ?? AdmissionOf(Alice), new TicketTerms(member.Id, uint.MaxValue, s_week, true, s_tracker.Id), new byte[32], new SeededRandom(depth), Now), member.Id);
            issuer = member;
        }
        Assert.InRange(by!.Record.Length, IdentityOptions.AdmissionBytesMax - 50, IdentityOptions.AdmissionBytesMax);
        var refused = Assert.Throws<NetfluxException>(() => Issue(issuer, by));
        Assert.Equal((NetfluxError.NotAdmitted, "bytes; at most 1848 are read."), (refused.Error, refused.Message[^29..]));
    }

    [Fact]
    public void An_admission_that_is_tampered_with_is_refused() => Tampering.IsRefused(Redeem(Issue()).Record.ToArray(), bytes => Admission.TryParse(bytes, Invite, Now, out _, out _));

    private static byte[] Record(Action<TicketBody> change, IPeerKeys? signer = null)
    {
        var body = new TicketBody
        {
            Network = ByteString.CopyFrom(Invite.Network.ToArray()), IssuedAtMs = Now.ToUnixTimeMilliseconds(), ExpiresAtMs = Now.AddDays(1).ToUnixTimeMilliseconds(), Serial = ByteString.CopyFrom(new byte[16]),
            SecretHash = ByteString.CopyFrom(new byte[32]), Redeemer = ByteString.CopyFrom(s_tracker.Id.ToArray()),
        };
        change(body);
        return TicketRecord.Create(signer ?? Alice, body);
    }
}
