using Netflux.Identity;
using Netflux.Overlays.Gossip.Directed;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Gossip.Directed;

public sealed class PairSealTests
{
    private static readonly NetworkId s_network = OverlayPeople.GenesisFor(Messages.Topology.Gossip()).Network;
    private static readonly PairStream s_stream = new(OverlayPeople.Keys(1).Id, 7, OverlayPeople.Keys(2).Id, new(3));

    private static PairSeal Of(int person, int other, PairStream? stream = null, NetworkId? network = null) =>
        PairSeal.Create(OverlayPeople.Keys(person), OverlayPeople.Keys(other).Card, stream ?? s_stream, network ?? s_network)!;

    private static byte[]? Open(PairSeal seal, byte[] frame)
    {
        using (seal) return RoutedHeader.TryParse(frame, out var header) && seal.TryOpen(header, frame, out var text) ? text : null;
    }

    private static byte[] Sealed(RoutedKind kind, ulong number = 1)
    {
        using var seal = kind == RoutedKind.Data ? Of(1, 2) : Of(2, 1);
        return seal.Seal(kind, 5, number, "he"u8, "llo"u8);
    }

    [Theory, InlineData(1, 1, 2), InlineData(2, 2, 1)]
    public void What_one_seals_the_other_opens_and_nobody_else(int kind, int from, int to)
    {
        var frame = Sealed((RoutedKind)kind);
        Assert.True(RoutedHeader.TryParse(frame, out var header));
        Assert.Equal((OverlayPeople.Keys(from).Id, OverlayPeople.Keys(to).Id, 7UL, new Incarnation(3), (byte)5), (header.From, header.To, header.Stream, header.Run, header.Hops));
        Assert.Equal("hello"u8.ToArray(), Open(Of(to, from), frame));
        Assert.Null(Open(Of(3, from), frame));
        Assert.Null(Open(Of(to, 3), frame));
    }

    [Fact]
    public void Another_stream_run_network_or_direction_has_other_keys()
    {
        var frame = Sealed(RoutedKind.Data);
        Assert.Null(Open(Of(2, 1, s_stream with { Number = 8 }), frame));
        Assert.Null(Open(Of(2, 1, s_stream with { Run = new(4) }), frame));
        Assert.Null(Open(Of(2, 1, network: default(NetworkId)), frame));
        frame[0] = (byte)RoutedKind.Ack;
        Assert.Null(Open(Of(2, 1), frame));
    }

    [Fact]
    public void A_changed_bit_of_the_number_the_text_or_the_tag_does_not_open_and_the_hops_may_change()
    {
        var frame = Sealed(RoutedKind.Data);
        for (var bit = 8 * 58; bit < 8 * frame.Length; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Null(Open(Of(2, 1), frame));
            frame[bit / 8] ^= (byte)(1 << bit % 8);
        }
        frame[1] = 0;
        Assert.Equal("hello"u8.ToArray(), Open(Of(2, 1), frame));
        for (var length = 0; length < frame.Length; length++) Assert.Null(Open(Of(2, 1), frame[..length]));
    }
}
