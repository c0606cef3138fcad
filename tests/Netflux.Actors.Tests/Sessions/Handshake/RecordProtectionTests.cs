using Netflux.Links;
using Netflux.TestKit;

namespace Netflux.Sessions.Handshake;

public sealed class RecordProtectionTests
{
    private static (RecordProtection Dialler, RecordProtection Listener) Pair()
    {
        var transcript = new LinkTranscript([1, 2, 3], [4, 5], "here"u8);
        var secret = new byte[32];
        return (new(RecordKeys.Derive(secret, transcript), LinkRole.Dialler), new(RecordKeys.Derive(secret, transcript), LinkRole.Listener));
    }

    [Fact]
    public void Records_open_at_the_other_side_in_order()
    {
        var (dialler, listener) = Pair();
        var random = new SeededRandom(1);
        for (var length = 0; length < 200; length++)
        {
            var buffer = new byte[length + RecordProtection.OverheadMax];
            random.Fill(buffer.AsSpan(0, length));
            var plain = buffer[..length];
            var (from, to) = length % 2 == 0 ? (dialler, listener) : (listener, dialler);
            Assert.Equal(length + 16, from.Seal(buffer, length));
            if (length > 16) Assert.NotEqual(plain, buffer[..length]);
            Assert.True(to.TryOpen(buffer.AsSpan(), out var opened));
            Assert.Equal(plain, buffer[..opened]);
        }
    }

    [Fact]
    public void A_record_that_was_changed_dropped_repeated_or_reflected_does_not_open()
    {
        for (var changed = 0; changed < 20; changed++)
        {
            var (dialler, listener) = Pair();
            var record = Seal(dialler, 4);
            record[changed] ^= 1;
            Assert.False(listener.TryOpen(record, new byte[4]));
        }
        {
            var (dialler, listener) = Pair();
            Seal(dialler, 4);
            Assert.False(listener.TryOpen(Seal(dialler, 4), new byte[4]));
        }
        {
            var (dialler, listener) = Pair();
            var record = Seal(dialler, 4);
            Assert.True(listener.TryOpen(record, new byte[4]));
            Assert.False(listener.TryOpen(record, new byte[4]));
        }
        {
            var (dialler, _) = Pair();
            Assert.False(dialler.TryOpen(Seal(dialler, 4), new byte[4]));
        }
        for (var length = 0; length < 20; length++)
        {
            var (dialler, listener) = Pair();
            Assert.False(listener.TryOpen(Seal(dialler, 4).AsSpan(0, length), out _));
        }
    }

    private static byte[] Seal(RecordProtection from, int length)
    {
        var buffer = new byte[length + RecordProtection.OverheadMax];
        from.Seal(buffer, length);
        return buffer;
    }
}
