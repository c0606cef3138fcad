namespace Netflux.Transport.WebRtc.PeerConnections;

public class DatagramSplitterTests
{
    [Theory]
    [InlineData(0, nameof(DatagramKind.Stun)), InlineData(3, nameof(DatagramKind.Stun)), InlineData(4, nameof(DatagramKind.Unknown)), InlineData(19, nameof(DatagramKind.Unknown))]
    [InlineData(20, nameof(DatagramKind.Dtls)), InlineData(63, nameof(DatagramKind.Dtls)), InlineData(64, nameof(DatagramKind.ChannelData)), InlineData(79, nameof(DatagramKind.ChannelData))]
    [InlineData(80, nameof(DatagramKind.Unknown)), InlineData(128, nameof(DatagramKind.Unknown)), InlineData(255, nameof(DatagramKind.Unknown))]
    public void The_first_byte_tells_the_kind(byte first, string kind) => Assert.Equal(kind, DatagramSplitter.KindOf(first).ToString());

    [Fact]
    public void Records_that_the_kernel_joined_are_one_run() => Assert.Equal([(DatagramKind.Dtls, 3 * 1200 + 300)], Split([.. Record(1200), .. Record(1200), .. Record(1200), .. Record(300)]));

    [Fact]
    public void A_check_that_was_joined_behind_records_is_found() =>
        Assert.Equal([(DatagramKind.Dtls, 2 * 1200), (DatagramKind.Stun, 100)], Split([.. Record(1200), .. Record(1200), .. Stun(100)]));

    [Fact]
    public void Checks_between_records_are_found() =>
        Assert.Equal([(DatagramKind.Stun, 64), (DatagramKind.Dtls, 64), (DatagramKind.Stun, 64), (DatagramKind.Stun, 64)], Split([.. Stun(64), .. Record(64), .. Stun(64), .. Stun(64)]));

    [Fact]
    public void ChannelData_is_found_with_padding_and_without() =>
        Assert.Equal(
            [(DatagramKind.ChannelData, 12), (DatagramKind.ChannelData, 9), (DatagramKind.ChannelData, 12), (DatagramKind.Stun, 20)],
            Split([.. ChannelData(9), 0, 0, 0, .. ChannelData(9), .. ChannelData(12), .. Stun(20)]));

    [Fact]
    public void Unpadded_ChannelData_before_STUN_does_not_take_its_zeros() =>
        Assert.Equal([(DatagramKind.ChannelData, 11), (DatagramKind.Stun, 28)], Split([.. ChannelData(11), .. Stun(28)]));

    [Fact]
    public void What_makes_no_sense_ends_the_buffer() => Assert.Equal([(DatagramKind.Dtls, 50)], Split([.. Record(50), 200, .. Record(50)]));

    [Fact]
    public void Every_truncation_ends_without_an_exception()
    {
        byte[] whole = [.. Record(40), .. Stun(28), .. ChannelData(17), .. Record(20)];
        for (var length = 0; length <= whole.Length; length++)
        {
            var parts = Split(whole[..length]);
            Assert.True(parts.Sum(part => part.Length) <= length);
        }
    }

    [Fact]
    public void Random_bytes_end_without_an_exception()
    {
        var random = new Random(7);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Assert.True(Split(bytes).Sum(part => part.Length) <= bytes.Length);
        }
    }

    private static List<(DatagramKind Kind, int Length)> Split(byte[] bytes)
    {
        var parts = new List<(DatagramKind, int)>();
        var rest = bytes.AsSpan();
        while (DatagramSplitter.Next(ref rest, out var message) is not DatagramKind.Unknown and var kind) parts.Add((kind, message.Length));
        Assert.True(rest.IsEmpty);
        return parts;
    }

    private static byte[] Record(int total) => [23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 7, (byte)((total - 13) >> 8), (byte)(total - 13), .. new byte[total - 13]];

    private static byte[] Stun(int total) => [0, 1, (byte)((total - 20) >> 8), (byte)(total - 20), 0x21, 0x12, 0xA4, 0x42, .. new byte[total - 8]];

    private static byte[] ChannelData(int total) => [0x40, 0, (byte)((total - 4) >> 8), (byte)(total - 4), .. Enumerable.Repeat((byte)1, total - 4)];
}
