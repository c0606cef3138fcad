using CsCheck;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Dcep;

public sealed class DcepMessageTests
{
    // As Chromium 156 sends it for createDataChannel("chat", {ordered: false, maxRetransmits: 3, protocol: "x.v1"}): type, kind, priority 256, parameter 3, lengths 4 and 4.
    private static readonly byte[] s_open = Convert.FromHexString("03810100000000030004000463686174782E7631");

    [Fact]
    public void An_open_is_read_field_by_field()
    {
        Assert.True(DcepMessage.TryParse(s_open, out var message));
        Assert.Equal(new DcepMessage.Open(new("chat", "x.v1", Ordered: false, RetransmitsMax: 3, Priority: 256)), message);
        Assert.Equal(s_open, Written(message));
    }

    [Theory]
    [InlineData(0x00, true, null, null)]
    [InlineData(0x80, false, null, null)]
    [InlineData(0x01, true, 7, null)]
    [InlineData(0x81, false, 7, null)]
    [InlineData(0x02, true, null, 7)]
    [InlineData(0x82, false, null, 7)]
    public void Every_kind_of_channel_is_read_and_written(byte kind, bool ordered, int? retransmits, int? milliseconds)
    {
        var terms = new ChannelTerms("é", "", ordered, (ushort?)retransmits, milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null, 512);
        var written = Written(new DcepMessage.Open(terms));
        Assert.Equal([3, kind, 2, 0, 0, 0, 0, (byte)(retransmits ?? milliseconds ?? 0), 0, 2, 0, 0, 0xC3, 0xA9], written);
        Assert.True(DcepMessage.TryParse(written, out var read));
        Assert.Equal(new DcepMessage.Open(terms), read);
    }

    [Fact]
    public void More_retransmissions_than_count_are_as_many_as_count()
    {
        var bytes = s_open.ToArray();
        bytes[4] = 1;
        Assert.True(DcepMessage.TryParse(bytes, out var read));
        Assert.Equal(ushort.MaxValue, Assert.IsType<DcepMessage.Open>(read).Terms.RetransmitsMax);
    }

    [Fact]
    public void An_acknowledgement_is_one_byte_and_may_be_followed_by_more()
    {
        Assert.True(DcepMessage.TryParse([2], out var read));
        Assert.IsType<DcepMessage.Ack>(read);
        Assert.Equal([2], Written(read));
        Assert.True(DcepMessage.TryParse([2, 0, 0, 0], out read));
        Assert.IsType<DcepMessage.Ack>(read);
    }

    [Fact]
    public void Every_truncation_and_every_addition_is_refused()
    {
        for (var length = 0; length < s_open.Length; length++) Assert.False(DcepMessage.TryParse(s_open.AsSpan(0, length), out _));
        Assert.False(DcepMessage.TryParse([.. s_open, 0], out _));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 4)]
    [InlineData(1, 0x03)]
    [InlineData(1, 0x83)]
    [InlineData(1, 0x41)]
    public void Unknown_types_are_refused(int at, byte value)
    {
        var bytes = s_open.ToArray();
        bytes[at] = value;
        Assert.False(DcepMessage.TryParse(bytes, out _));
    }

    [Fact]
    public void Damage_never_throws_and_what_is_read_can_be_written() => Gen.ULong.Sample(seed =>
    {
        var random = new SeededRandom(seed);
        var bytes = s_open.ToArray();
        for (var i = random.Next(4); i >= 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next();
        if (!DcepMessage.TryParse(bytes, out var read)) return;
        Assert.True(DcepMessage.TryParse(Written(read), out var again));
        Assert.Equal(read, again);
    }, iter: 5000, seed: Environment.GetEnvironmentVariable("SEED"));

    private static byte[] Written(DcepMessage message)
    {
        var bytes = new byte[message.Length];
        Assert.Equal(bytes.Length, message.Write(bytes));
        return bytes;
    }
}
