using Netflux.Identity;
using Netflux.Tests.Overlays;

namespace Netflux.Wire;

public sealed class BroadcastBatchTests
{
    private static readonly NetworkId s_network = NetworkId.FromBytes([.. Enumerable.Range(1, 20).Select(i => (byte)i)]);

    private static GossipHeader Header => new(OverlayPeople.Keys(1).Id, new Incarnation(7), 42, 40, 3);

    private static byte[] Signed(params byte[][] messages)
    {
        var batch = BroadcastBatch.Allocate(BatchKind.Messages, messages.Sum(message => BroadcastBatch.MessageOverhead + message.Length));
        var at = BroadcastBatch.Overhead;
        foreach (var message in messages) at = BroadcastBatch.WriteMessage(batch, at, message);
        BroadcastBatch.Sign(batch, OverlayPeople.Keys(1), s_network, Header);
        return batch;
    }

    private static bool Opens(byte[] batch, GossipHeader header, NetworkId? network = null, int author = 1) =>
        BroadcastBatch.TryOpen(batch, OverlayPeople.Keys(author).Card, network ?? s_network, header, out _);

    [Fact]
    public void Messages_come_back_in_order()
    {
        byte[][] messages = [[1, 2, 3], [], [4]];
        Assert.True(BroadcastBatch.TryOpen(Signed(messages), OverlayPeople.Keys(1).Card, s_network, Header, out var opened));
        Assert.Equal(BatchKind.Messages, opened.Kind);
        var content = opened.Content;
        foreach (var message in messages)
        {
            Assert.True(BroadcastBatch.TryReadMessage(ref content, out var read));
            Assert.Equal(message, read.ToArray());
        }
        Assert.False(BroadcastBatch.TryReadMessage(ref content, out _));
    }

    [Fact]
    public void What_the_author_did_not_sign_does_not_open()
    {
        var batch = Signed([1, 2, 3]);
        Assert.True(Opens(batch, Header));
        Assert.True(Opens(batch, Header with { Round = 9 }), "hops are counted by those who pass it on");
        Assert.False(Opens(batch, Header with { Sequence = 43 }));
        Assert.False(Opens(batch, Header with { Floor = 41 }));
        Assert.False(Opens(batch, Header with { Incarnation = new Incarnation(8) }));
        Assert.False(Opens(batch, Header with { Author = OverlayPeople.Keys(2).Id }));
        Assert.False(Opens(batch, Header, NetworkId.FromBytes(new byte[20])));
        Assert.False(Opens(batch, Header, author: 2));
        for (var at = 0; at < batch.Length; at++)
        {
            var bad = (byte[])batch.Clone();
            bad[at] ^= 1;
            Assert.False(Opens(bad, Header), $"byte {at}");
        }
        for (var length = 0; length < batch.Length; length++) Assert.False(Opens(batch[..length], Header));
    }

    [Fact]
    public void A_message_longer_than_the_rest_is_none()
    {
        ReadOnlyMemory<byte> content = new byte[] { 0, 0, 0, 5, 1, 2 };
        Assert.False(BroadcastBatch.TryReadMessage(ref content, out _));
        content = new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 1, 2 };
        Assert.False(BroadcastBatch.TryReadMessage(ref content, out _));
    }
}
