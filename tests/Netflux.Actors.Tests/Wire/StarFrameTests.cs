using Netflux.Identity;
using Netflux.Tests.Overlays;

namespace Netflux.Wire;

public sealed class StarFrameTests
{
    private static readonly NetworkId s_network = NetworkId.FromBytes([.. Enumerable.Range(1, 20).Select(i => (byte)i)]);

    private static byte[] Signed(PeerId to, params byte[][] messages)
    {
        var bytes = new byte[StarFrame.Size + BroadcastBatch.Overhead + messages.Sum(message => BroadcastBatch.MessageOverhead + message.Length)];
        new StarFrame(StarFrameKind.Data, OverlayPeople.Keys(1).Id, to, new Incarnation(7), 42).Write(bytes);
        var at = StarFrame.Size + BroadcastBatch.Overhead;
        foreach (var message in messages) at = BroadcastBatch.WriteMessage(bytes, at, message);
        StarFrame.Sign(bytes, OverlayPeople.Keys(1), s_network);
        return bytes;
    }

    [Fact]
    public void A_header_comes_back_and_one_that_is_cut_short_is_none()
    {
        var frame = new StarFrame(StarFrameKind.Consumed, OverlayPeople.Keys(1).Id, OverlayPeople.Keys(2).Id, new Incarnation(7), 42);
        var bytes = new byte[StarFrame.Size];
        frame.Write(bytes);
        Assert.True(StarFrame.TryParse(bytes, out var read));
        Assert.Equal(frame, read);
        for (var length = 0; length < StarFrame.Size; length++) Assert.False(StarFrame.TryParse(bytes.AsSpan(0, length), out _));
        bytes[0] = 3;
        Assert.False(StarFrame.TryParse(bytes, out _));
        (frame with { Number = 0 }).Write(bytes);
        Assert.False(StarFrame.TryParse(bytes, out _));
    }

    [Fact]
    public void What_the_author_did_not_sign_does_not_open()
    {
        var bytes = Signed(OverlayPeople.Keys(2).Id, [1, 2, 3], []);
        Assert.True(StarFrame.TryOpen(bytes, OverlayPeople.Keys(1).Card, s_network, out var batch));
        var content = batch.Content;
        Assert.True(BroadcastBatch.TryReadMessage(ref content, out var message));
        Assert.Equal([1, 2, 3], message.ToArray());
        Assert.False(StarFrame.TryOpen(bytes, OverlayPeople.Keys(2).Card, s_network, out _));
        Assert.False(StarFrame.TryOpen(bytes, OverlayPeople.Keys(1).Card, NetworkId.FromBytes(new byte[20]), out _));
        for (var at = 1; at < bytes.Length; at++)
        {
            var bad = (byte[])bytes.Clone();
            bad[at] ^= 1;
            Assert.False(StarFrame.TryOpen(bad, OverlayPeople.Keys(1).Card, s_network, out _), $"byte {at}");
        }
        for (var length = StarFrame.Size; length < bytes.Length; length++) Assert.False(StarFrame.TryOpen(bytes.AsMemory(0, length), OverlayPeople.Keys(1).Card, s_network, out _));
    }
}
