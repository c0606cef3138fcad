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
    [InlineData("signal of nothing")]
    [InlineData("signal without a name")]
    [InlineData("offer too long")]
    [InlineData("answer of other characters")]
    [InlineData("too many candidates")]
    [InlineData("candidate too long")]
    [InlineData("no candidate")]
    [InlineData("candidate of two lines")]
    [InlineData("neither candidates nor the last")]
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
            case "signal of nothing": body.Signal = Said(); break;
            case "signal without a name": body.Signal = new() { Connection = ByteString.CopyFrom(new byte[7]), Offer = "v=0" }; break;
            case "offer too long": body.Signal = Said(signal => signal.Offer = new string('a', 4_001)); break;
            case "answer of other characters": body.Signal = Said(signal => signal.Answer = "v=0\r\ns=\u001b[2J\r\n"); break;
            case "too many candidates": body.Signal = Said([.. Enumerable.Repeat("candidate:1", 16)]); break;
            case "candidate too long": body.Signal = Said("candidate:".PadRight(257, '1')); break;
            case "no candidate": body.Signal = Said("a=candidate:1"); break;
            case "candidate of two lines": body.Signal = Said("candidate:1\r\na=setup:active"); break;
            case "neither candidates nor the last": body.Signal = Said([]); break;
        }
        Assert.False(Introduction.TryOpen(Sealed(body), Bob, Now, out _));
    }

    [Fact]
    public void What_is_said_of_a_data_channel_comes_along()
    {
        var name = new OfferId(0x0102030405060708);
        ConnectionSignal[] signals =
        [
            new ConnectionSignal.Offer(name, "v=0\r\ns=-\r\n"),
            new ConnectionSignal.Answer(name, new string('a', 4_000)),
            new ConnectionSignal.Candidates(name, [.. Enumerable.Repeat("candidate:".PadRight(256, '1'), 15)], Last: false),
            new ConnectionSignal.Candidates(name, [], Last: true),
        ];
        foreach (var signal in signals)
        {
            Assert.True(Introduction.TryOpen(Seal(s_sample with { Signal = signal }), Bob, Now, out var read));
            if (signal is ConnectionSignal.Candidates sent)
            {
                var came = Assert.IsType<ConnectionSignal.Candidates>(read.Signal);
                Assert.Equal((name, sent.Last), (came.Connection, came.Last));
                Assert.Equal(sent.Lines, came.Lines);
            }
            else Assert.Equal(signal, read.Signal);
        }
    }

    [Fact]
    public void A_signal_that_receivers_refuse_is_not_sent() =>
        Assert.Throws<ArgumentException>(() => Seal(s_sample with { Signal = new ConnectionSignal.Offer(new OfferId(1), "") }));

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
            Signal = new ConnectionSignal.Offer(new OfferId(ulong.MaxValue), new string('a', IdentityOptions.DescriptionBytesMax)),
        };
        var bytes = Introduction.Seal(longest, issuer, Bob.Card, new SeededEphemeralKeys(1));
        Assert.InRange(bytes.Length, 7_000, IdentityOptions.IntroductionBytesMax);
        Assert.True(Introduction.TryOpen(bytes, Bob, Now, out _));
    }

    private static byte[] Seal(Introduction introduction) => Introduction.Seal(introduction, Alice, Bob.Card, new SeededEphemeralKeys(1));

    private static byte[] Sealed(IntroductionBody body) =>
        Hpke.Seal(Bob.Card.SealingPoint, "netflux introduction v1"u8, [], SignedRecords.Create(Alice, Introduction.Purpose, body), new SeededEphemeralKeys(1));

    private static Wire.Proto.ConnectionSignal Said(Action<Wire.Proto.ConnectionSignal>? say = null)
    {
        var said = new Wire.Proto.ConnectionSignal { Connection = ByteString.CopyFrom(new byte[8]) };
        say?.Invoke(said);
        return said;
    }

    private static Wire.Proto.ConnectionSignal Said(params string[] lines) => Said(signal => signal.Candidates = new() { Lines = { lines } });

    private static IntroductionBody Body() => new()
    {
        To = ByteString.CopyFrom(Bob.Id.ToArray()), Network = ByteString.CopyFrom(Open.Network.ToArray()), Card = ByteString.CopyFrom(Alice.Card.Bytes.Span), Nonce = ByteString.CopyFrom(new byte[16]), SentAtMs = Now.ToUnixTimeMilliseconds(),
    };
}
