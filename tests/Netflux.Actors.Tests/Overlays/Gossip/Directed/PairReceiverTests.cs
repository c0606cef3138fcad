using System.Buffers.Binary;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip.Directed;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Overlays.Gossip.Roster;

namespace Netflux.Tests.Overlays.Gossip.Directed;

public sealed class PairReceiverTests : IDisposable
{
    private static readonly DirectedOptions s_options = DirectedOptions.Default;
    private readonly PairReceiver _receiver = new(s_options, PairSeal.Create(OverlayPeople.Keys(0), OverlayPeople.Keys(1).Card, new PairStream(OverlayPeople.Keys(1).Id, 1, OverlayPeople.Keys(0).Id, new(1)), default)!);

    public void Dispose() => _receiver.Seal.Dispose();

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds).Ticks);

    private static BroadcastPlace Place(ulong sequence) => new(new Incarnation(1), sequence);

    /// <summary>A message of so many bytes, behind the sender's broadcast of this number.</summary>
    private static byte[] Message(ulong after, int length = 1)
    {
        var text = new byte[PairReceiver.OrderBytes + length];
        BinaryPrimitives.WriteUInt64BigEndian(text, 1);
        BinaryPrimitives.WriteUInt64BigEndian(text.AsSpan(8), after);
        return text;
    }

    [Fact]
    public void A_message_comes_after_what_was_broadcast_before_it_as_long_as_that_may_be_repaired()
    {
        _receiver.HandleData(1, Message(after: 5), hasRoom: true, At(0));
        Assert.False(_receiver.TryTake(Place(4), At(new PlumtreeOptions().RepairTimeout.TotalSeconds), out _));
        Assert.True(_receiver.TryTake(Place(4), At(s_options.OrderPatience.TotalSeconds), out _));
        _receiver.HandleData(2, Message(after: 6), hasRoom: true, At(20));
        Assert.True(_receiver.TryTake(Place(6), At(20), out _));
    }

    [Fact]
    public void Each_comes_once_in_order_and_within_the_window()
    {
        _receiver.HandleData(2, Message(0), hasRoom: true, At(0));      // the first is not here
        Assert.False(_receiver.IsWaiting);
        for (ulong number = 1; number <= 5; number++)
        {
            for (var time = 0; time < 2; time++) _receiver.HandleData(number, Message(0, 60 << 10), hasRoom: true, At(0));
        }
        List<WaitingMessage> taken = [];
        while (_receiver.TryTake(Place(0), At(0), out var message)) taken.Add(message);
        Assert.Equal(4, taken.Count);       // the fifth is more than the window
        _receiver.HandleDelivered(1, taken[0]);
        _receiver.HandleConsumed(1, At(0));
        _receiver.HandleData(5, Message(0, 60 << 10), hasRoom: true, At(0));
        Assert.True(_receiver.TryTake(Place(0), At(0), out _));
    }

    [Fact]
    public void Any_text_is_borne()
    {
        for (var length = 0; length < PairReceiver.OrderBytes; length++) _receiver.HandleData(1, new byte[length], hasRoom: true, At(0));
        Assert.False(_receiver.IsWaiting);
    }
}
