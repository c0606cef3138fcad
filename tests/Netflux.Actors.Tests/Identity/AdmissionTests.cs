using Google.Protobuf;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Wire.Proto;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

public class AdmissionTests
{
    [Fact]
    public void InAnOpenNetworkEveryoneAdmitsItself()
    {
        var admission = Admission.Issue(Bob, Open, Bob.Id, null, mayInvite: true, Now, null);
        Assert.True(Admission.TryParse(admission.Record, Open, Now, out var read, out _));
        Assert.Equal((Bob.Id, Bob.Id, true), (read.Member, read.Issuer, read.MayInvite));
    }

    [Fact]
    public void AnInvitedNetworkTakesTheCreatorButNobodyElseOnTheirOwnWord()
    {
        Assert.Equal(Alice.Id, Admission.Issue(Alice, Invite, Alice.Id, null, true, Now, null).Member);
        var thrown = Assert.Throws<NetfluxException>(() => Admission.Issue(Bob, Invite, Bob.Id, null, true, Now, null));
        Assert.Equal(NetfluxError.NotAdmitted, thrown.Error);
        Assert.Equal("The network takes invited members only: ask one of its members for an invitation.", thrown.Message);
    }

    [Fact]
    public void AMemberInvitesOnlyWithTheRightTo()
    {
        var bob = Admission.Issue(Alice, Invite, Bob.Id, null, mayInvite: true, Now, null);
        var carol = Admission.Issue(Bob, Invite, Carol.Id, bob, mayInvite: false, Now, null);
        Assert.True(Admission.TryParse(carol.Record, Invite, Now, out var read, out _));
        Assert.Equal((Carol.Id, Bob.Id, false), (read.Member, read.Issuer, read.MayInvite));
        var thrown = Assert.Throws<NetfluxException>(() => Admission.Issue(Carol, Invite, new SeededPeerKeys(4).Id, carol, false, Now, null));
        Assert.Equal($"{Carol.Id} may not invite others into this network.", thrown.Message);
    }

    [Fact]
    public void AStrangerCannotUseAMembersRightToInvite()
    {
        var bob = Admission.Issue(Alice, Invite, Bob.Id, null, mayInvite: true, Now, null);
        Assert.Throws<NetfluxException>(() => Admission.Issue(Carol, Invite, Carol.Id, bob, false, Now, null));
    }

    [Fact]
    public void AnotherNetworksAdmissionIsRefused()
    {
        var admission = Admission.Issue(Alice, Invite, Bob.Id, null, true, Now, null);
        Assert.False(Admission.TryParse(admission.Record, Open, Now, out _, out var why));
        Assert.Equal("The admission is for another network.", why);
    }

    [Fact]
    public void ItExpiresAfterTwoMinutesOfTolerance()
    {
        var expires = Now.AddHours(1);
        var admission = Admission.Issue(Alice, Invite, Bob.Id, null, true, Now, expires);
        Assert.True(Admission.TryParse(admission.Record, Invite, expires.AddMinutes(2), out _, out _));
        Assert.False(Admission.TryParse(admission.Record, Invite, expires.AddMinutes(2).AddMilliseconds(1), out _, out var why));
        Assert.Equal("The admission has expired: ask for a new one.", why);
        var carol = Admission.Issue(Bob, Invite, Carol.Id, admission, false, Now, null);
        Assert.False(Admission.TryParse(carol.Record, Invite, expires.AddMinutes(3), out _, out _));
    }

    [Theory]
    [InlineData(long.MinValue, false)]
    [InlineData(-1, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    [InlineData(long.MaxValue, true)]
    public void HostileExpiriesAreNumbersLikeOthers(long expires, bool expected)
    {
        var body = new AdmissionBody { Network = ByteString.CopyFrom(Open.Network.ToArray()), Member = ByteString.CopyFrom(Bob.Id.ToArray()), ExpiresAtMs = expires };
        Assert.Equal(expected, Admission.TryParse(SignedRecords.Create(Bob, Admission.Purpose, body), Open, Now, out _, out _));
    }

    [Fact]
    public void AChainHasEightLinksAtMost()
    {
        Admission? by = null;
        IPeerKeys issuer = Alice;
        for (ulong depth = 1; depth <= 8; depth++)
        {
            var member = new SeededPeerKeys(100 + depth);
            by = Admission.Issue(issuer, Invite, member.Id, by, true, Now, Now.AddYears(1));
            issuer = member;
        }
        Assert.InRange(by!.Record.Length, 1, 1_600);
        var thrown = Assert.Throws<NetfluxException>(() => Admission.Issue(issuer, Invite, Bob.Id, by, true, Now, null));
        Assert.EndsWith("The admission hangs on more than 8 invitations.", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsTamperedWithIsRefused()
    {
        var bob = Admission.Issue(Alice, Invite, Bob.Id, null, true, Now, null);
        Tampering.IsRefused(Admission.Issue(Bob, Invite, Carol.Id, bob, false, Now, null).Record.ToArray(), bytes => Admission.TryParse(bytes, Invite, Now, out _, out _));
    }
}
