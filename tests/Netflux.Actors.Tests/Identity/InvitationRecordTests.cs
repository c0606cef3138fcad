using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

public class InvitationRecordTests
{
    private static readonly InvitationRecord s_sample =
        InvitationRecord.Create(Alice, Invite, Admission.Issue(Alice, Invite, Bob.Id, null, false, Now, Now.AddDays(1)), "chat", "ws://localhost:5000");

    [Fact]
    public void AnInvitationReadsBack()
    {
        Assert.True(InvitationRecord.TryParse(s_sample.Record, Bob.Id, Now, out var read, out _));
        Assert.Equal((Alice.Id, Invite.Network, Bob.Id, "chat", "ws://localhost:5000"), (read.From, read.Genesis.Network, read.Admission.Member, read.Name, read.Server));
        var bare = InvitationRecord.Create(Alice, Invite, s_sample.Admission, null, null);
        Assert.True(InvitationRecord.TryParse(bare.Record, Bob.Id, Now, out read, out _));
        Assert.Equal((null, null), (read.Name, read.Server));
    }

    [Fact]
    public void ItIsForOnePeerAndForATime()
    {
        Assert.False(InvitationRecord.TryParse(s_sample.Record, Carol.Id, Now, out _, out var why));
        Assert.Equal("The invitation is for another peer.", why);
        Assert.False(InvitationRecord.TryParse(s_sample.Record, Bob.Id, Now.AddDays(2), out _, out why));
        Assert.Equal("The admission has expired: ask for a new one.", why);
    }

    [Fact]
    public void AnAdmissionToAnotherNetworkIsRefused() =>
        Assert.False(InvitationRecord.TryParse(InvitationRecord.Create(Alice, Open, s_sample.Admission, null, null).Record, Bob.Id, Now, out _, out _));

    [Fact]
    public void WhatIsTamperedWithIsRefused() => Tampering.IsRefused(s_sample.Record.ToArray(), bytes => InvitationRecord.TryParse(bytes, Bob.Id, Now, out _, out _));
}
