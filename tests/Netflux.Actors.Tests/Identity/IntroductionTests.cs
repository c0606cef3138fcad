using Google.Protobuf;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Wire.Proto;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

public class IntroductionTests
{
    private static readonly Introduction s_sample = new(
        Alice.Card, Open.Network, null, new Incarnation(77), "alice", Admission.Issue(Alice, Open, Alice.Id, null, true, Now, null).Record,
        ["ws://10.0.0.1:4000/netflux/link"], AnswerWanted: true, PleaseDial: false, Now, new byte[16]);

    [Fact]
    public void AnIntroductionOpensForItsReceiver()
    {
        Assert.True(Introduction.TryOpen(Seal(s_sample), Bob, Now, out var read));
        Assert.Equal((Alice.Id, Open.Network, null, new Incarnation(77), "alice"), (read.Card.Id, read.Network, read.MeetingKey, read.Incarnation, read.DisplayName));
        Assert.Equal(s_sample.Addresses, read.Addresses);
        Assert.Equal((true, false, Now), (read.AnswerWanted, read.PleaseDial, read.SentAt));
        Assert.True(Admission.TryParse(read.Admission, Open, Now, out _, out _));
        Assert.Equal(16, read.Nonce.Length);
    }

    [Fact]
    public void AtAMeetingPointItNamesTheKeyAndNoNetwork()
    {
        Assert.True(Introduction.TryOpen(Seal(s_sample with { Network = null, MeetingKey = "Key-1", Admission = default, Addresses = [], PleaseDial = true }), Bob, Now, out var read));
        Assert.Equal((null, "Key-1", true, 0, 0), (read.Network, read.MeetingKey, read.PleaseDial, read.Admission.Length, read.Addresses.Count));
    }

    [Fact]
    public void NobodyElseOpensIt() => Assert.False(Introduction.TryOpen(Seal(s_sample), Carol, Now, out _));

    [Fact]
    public void WhoOpensItCannotPassItOnAsIfItWereForAnother()
    {
        Assert.True(Hpke.TryOpen(Seal(s_sample), Bob, "netflux introduction v1"u8, [], out var record));
        var passedOn = Hpke.Seal(Carol.Card.SealingPoint, "netflux introduction v1"u8, [], record, new SeededEphemeralKeys(2));
        Assert.False(Introduction.TryOpen(passedOn, Carol, Now, out _));
    }

    [Fact]
    public void WhatIsTamperedWithDoesNotOpen() => Tampering.IsRefused(Seal(s_sample), bytes => Introduction.TryOpen(bytes, Bob, Now, out _));

    [Theory]
    [InlineData("to")]
    [InlineData("network")]
    [InlineData("both rooms")]
    [InlineData("no room")]
    [InlineData("card")]
    [InlineData("sent at")]
    [InlineData("nonce")]
    [InlineData("name")]
    [InlineData("addresses")]
    [InlineData("admission")]
    public void HostileFieldsAreRefused(string what)
    {
        Assert.True(Introduction.TryOpen(Sealed(Body()), Bob, Now, out _));
        var body = Body();
        switch (what)
        {
            case "to": body.To = ByteString.CopyFrom(1, 2, 3); break;
            case "network": body.Network = ByteString.CopyFrom(new byte[21]); break;
            case "both rooms": body.MeetingKey = "key"; break;
            case "no room": body.Network = ByteString.Empty; break;
            case "card": body.Card = ByteString.CopyFrom(Bob.Card.Bytes.Span); break;
            case "sent at": body.SentAtMs = long.MaxValue; break;
            case "nonce": body.Nonce = ByteString.Empty; break;
            case "name": body.DisplayName = "a\nb"; break;
            case "addresses": body.Addresses.Add(Enumerable.Repeat("ws://a", 9)); break;
            case "admission": body.Admission = ByteString.CopyFrom(new byte[2049]); break;
        }
        Assert.False(Introduction.TryOpen(Sealed(body), Bob, Now, out _));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    [InlineData(-300, true)]
    [InlineData(-301, false)]
    public void AnOldIntroductionIsRefused(int seconds, bool opens) =>
        Assert.Equal(opens, Introduction.TryOpen(Seal(s_sample), Bob, Now.AddSeconds(seconds), out var read) && read is not null);

    [Fact]
    public void TheLongestIntroductionFits()
    {
        Admission? by = null;
        var issuer = Alice;
        for (ulong depth = 1; depth <= 8; depth++)
        {
            var member = new SeededPeerKeys(100 + depth);
            by = Admission.Issue(issuer, Invite, member.Id, by, true, Now, Now.AddYears(1));
            issuer = member;
        }
        var longest = s_sample with
        {
            Card = issuer.Card, Network = Invite.Network, Incarnation = new Incarnation(ulong.MaxValue), DisplayName = new string('x', 64), Admission = by!.Record,
            Addresses = [.. Enumerable.Repeat("ws://" + new string('a', 195), 8)], PleaseDial = true, SentAt = Now + IdentityOptions.IntroductionAgeMax,
        };
        var bytes = Introduction.Seal(longest, issuer, Bob.Card, new SeededEphemeralKeys(1));
        Assert.InRange(bytes.Length, 3_000, IdentityOptions.IntroductionBytesMax);
        Assert.True(Introduction.TryOpen(bytes, Bob, Now, out _));
    }

    private static byte[] Seal(Introduction introduction) => Introduction.Seal(introduction, Alice, Bob.Card, new SeededEphemeralKeys(1));

    private static byte[] Sealed(IntroductionBody body) =>
        Hpke.Seal(Bob.Card.SealingPoint, "netflux introduction v1"u8, [], SignedRecords.Create(Alice, Introduction.Purpose, body), new SeededEphemeralKeys(1));

    private static IntroductionBody Body() => new()
    {
        To = ByteString.CopyFrom(Bob.Id.ToArray()), Network = ByteString.CopyFrom(Open.Network.ToArray()), Card = ByteString.CopyFrom(Alice.Card.Bytes.Span), Nonce = ByteString.CopyFrom(new byte[16]), SentAtMs = Now.ToUnixTimeMilliseconds(),
    };
}
