using Google.Protobuf;
using Netflux.Wire.Proto;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

public class MemberRecordTests
{
    private static readonly Admission s_bob = Admission.Issue(Bob, Open, Bob.Id, null, true, Now, null);

    [Fact]
    public void ARecordReadsBack()
    {
        var record = Create(version: 3, "Bob é 🙂", ["ws://10.0.0.1:4000/netflux/link", "wss://bob.example/netflux/link"]);
        Assert.True(MemberRecord.TryParse(record.Record, Open, Now, out var read, out _));
        Assert.Equal((Bob.Id, new Incarnation(77), 3u, "Bob é 🙂", true), (read.Id, read.Incarnation, read.Version, read.DisplayName, read.Relays));
        Assert.Equal(record.Addresses, read.Addresses);
        Assert.Equal(s_bob.Record.ToArray(), read.Admission.Record.ToArray());
    }

    [Fact]
    public void TheHigherIncarnationThenTheHigherVersionIsNewer()
    {
        Assert.True(Create(version: 2).IsNewerThan(Create(version: 1)));
        Assert.False(Create(version: 2).IsNewerThan(Create(version: 2)));
        Assert.False(Create(version: 1).IsNewerThan(Create(version: 2)));
        var restarted = MemberRecord.Create(Bob, Open, new Incarnation(78), 0, "bob", s_bob, [], false);
        Assert.True(restarted.IsNewerThan(Create(version: 9)));
    }

    [Fact]
    public void WhatIsTamperedWithIsRefused() => Tampering.IsRefused(Create().Record.ToArray(), bytes => MemberRecord.TryParse(bytes, Open, Now, out _, out _));

    [Fact]
    public void AnotherNetworkOrAnExpiredAdmissionIsRefused()
    {
        Assert.False(MemberRecord.TryParse(Create().Record, Invite, Now, out _, out _));
        var soon = Admission.Issue(Bob, Open, Bob.Id, null, true, Now, Now.AddMinutes(1));
        var record = MemberRecord.Create(Bob, Open, new Incarnation(1), 0, "", soon, [], false);
        Assert.True(MemberRecord.TryParse(record.Record, Open, Now, out _, out _));
        Assert.False(MemberRecord.TryParse(record.Record, Open, Now.AddMinutes(4), out _, out _));
    }

    [Fact]
    public void NobodySpeaksForAnother()
    {
        Assert.False(Parses(Body(), by: Carol));
        Assert.False(Parses(Body(b => b.Card = ByteString.CopyFrom(Carol.Card.Bytes.Span)), by: Carol));
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("bell\a")]
    [InlineData("esc\u001b[2J")]
    [InlineData("\u202Ecba")]
    [InlineData("a\u2028b")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("éééééééééééééééééééééééééééééééééééééééééééééééé")]
    public void NamesThatWouldHarmATerminalAreRefused(string name)
    {
        Assert.False(Parses(Body(b => b.DisplayName = name), Bob));
        Assert.Throws<ArgumentException>(() => Create(name: name));
    }

    [Fact]
    public void AddressesHaveLimits()
    {
        Assert.True(Parses(Body(b => b.Addresses.Add(Enumerable.Repeat("ws://" + new string('a', 195), 8))), Bob));
        Assert.False(Parses(Body(b => b.Addresses.Add(Enumerable.Repeat("ws://a", 9))), Bob));
        Assert.False(Parses(Body(b => b.Addresses.Add("ws://" + new string('a', 196))), Bob));
        Assert.False(Parses(Body(b => b.Addresses.Add("")), Bob));
        Assert.False(Parses(Body(b => b.Addresses.Add("ws://a b")), Bob));
    }

    private static MemberRecord Create(uint version = 0, string name = "bob", IReadOnlyList<string>? addresses = null) =>
        MemberRecord.Create(Bob, Open, new Incarnation(77), version, name, s_bob, addresses ?? ["ws://10.0.0.1:4000/netflux/link"], relays: true);

    private static MemberBody Body(Action<MemberBody>? change = null)
    {
        var body = new MemberBody { Network = ByteString.CopyFrom(Open.Network.ToArray()), Card = ByteString.CopyFrom(Bob.Card.Bytes.Span), Admission = ByteString.CopyFrom(s_bob.Record.Span) };
        change?.Invoke(body);
        return body;
    }

    private static bool Parses(MemberBody body, IPeerKeys by) => MemberRecord.TryParse(SignedRecords.Create(by, MemberRecord.Purpose, body), Open, Now, out _, out _);
}
