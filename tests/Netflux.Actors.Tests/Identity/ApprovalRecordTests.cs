using Google.Protobuf;
using Netflux.Wire.Proto;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

public class ApprovalRecordTests
{
    private static bool Parses(Action<ApprovalRequestBody> change)
    {
        var body = new ApprovalRequestBody { Network = ByteString.CopyFrom(Invite.Network.ToArray()), DisplayName = "bob", Text = "hello", AskedAtMs = Now.ToUnixTimeMilliseconds() };
        change(body);
        return ApprovalRecord.TryParse(SignedRecords.Create(Bob, ApprovalRecord.Purpose, body), Invite.Network, out _, out _);
    }

    [Fact]
    public void It_says_who_asks_and_what()
    {
        var asked = ApprovalRecord.Create(Bob, Invite.Network, "bob", "Ann knows me.", Now);
        Assert.True(ApprovalRecord.TryParse(asked.Record, Invite.Network, out var read, out _));
        Assert.Equal((Bob.Id, Invite.Network, "bob", "Ann knows me.", Now), (read.Peer, read.Network, read.DisplayName, read.Text, read.AskedAt));
        Assert.False(ApprovalRecord.TryParse(asked.Record, Open.Network, out _, out var why));
        Assert.Equal("The wish is to join another network.", why);
    }

    [Fact]
    public void The_longest_fits()
    {
        var asked = ApprovalRecord.Create(Bob, Invite.Network, new string('n', 64), new string('t', 200), Now);
        Assert.InRange(asked.Record.Length, 400, 436);
        Assert.Throws<ArgumentException>(() => ApprovalRecord.Create(Bob, Invite.Network, "bob", new string('t', 201), Now));
    }

    [Fact]
    public void What_no_peer_says_is_refused()
    {
        Assert.True(Parses(_ => { }));
        Assert.True(Parses(body => (body.Text, body.DisplayName, body.AskedAtMs) = ("", "", 0)));
        foreach (var change in new Action<ApprovalRequestBody>[]
        {
            body => body.Network = ByteString.Empty, body => body.Text = "two\nlines", body => body.Text = new string('é', 101), body => body.DisplayName = "a\u202Eb", body => body.AskedAtMs = -1, body => body.AskedAtMs = long.MaxValue,
        })
            Assert.False(Parses(change));
    }

    [Fact]
    public void What_is_tampered_with_is_refused() =>
        Tampering.IsRefused(ApprovalRecord.Create(Bob, Invite.Network, "bob", "hello", Now).Record.ToArray(), bytes => ApprovalRecord.TryParse(bytes, Invite.Network, out _, out _));

    [Fact]
    public void Of_a_stored_member_it_is_read_whether_it_may_invite()
    {
        foreach (var mayInvite in new[] { true, false })
            Assert.Equal(mayInvite, MemberRecord.SaysMayInvite(MemberRecord.Create(Bob, Invite, new Incarnation(1), 1, "bob", Admission.Issue(Alice, Invite, Bob.Id, null, mayInvite, Now, null), [], false).Record));
        foreach (var bytes in new byte[][] { [], [1, 2, 3], Invite.Record.ToArray() }) Assert.False(MemberRecord.SaysMayInvite(bytes));
    }
}
