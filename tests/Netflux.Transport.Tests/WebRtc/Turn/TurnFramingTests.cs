using Netflux.Transport.WebRtc.Turn;

namespace Netflux.Tests.WebRtc.Turn;

public class TurnFramingTests
{
    // ChannelData of 5 bytes with 3 of padding; a STUN indication with no attributes.
    private static readonly byte[] s_channelData = [0x40, 0x01, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0];
    private static readonly byte[] s_stun = [0x00, 0x17, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    [Fact]
    public void Messages_are_found_one_after_the_other()
    {
        byte[] stream = [.. s_channelData, .. s_stun, .. s_channelData];
        Assert.True(TurnFraming.TryFrame(stream, out var first));
        Assert.True(TurnFraming.TryFrame(stream.AsSpan(first), out var second));
        Assert.Equal((s_channelData.Length, s_stun.Length), (first, second));
    }

    [Fact]
    public void A_message_that_is_not_all_there_is_waited_for()
    {
        foreach (var message in new[] { s_channelData, s_stun })
            for (var length = 0; length < message.Length; length++)
            {
                Assert.True(TurnFraming.TryFrame(message.AsSpan(0, length), out var framed));
                Assert.Equal(0, framed);
            }
    }

    [Theory, InlineData(0x10), InlineData(0x50), InlineData(0x80), InlineData(0xFF)]
    public void Other_bytes_end_the_stream(byte first) => Assert.False(TurnFraming.TryFrame([first, 0, 0, 0], out _));
}
