using Google.Protobuf;
using Netflux.TestKit;
using Netflux.Wire.Proto;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

public class TrackerRootTests
{
    private static readonly SeededPeerKeys s_tracker = new(900);
    private static readonly byte[] s_root = [.. Enumerable.Repeat((byte)7, 32)], s_previous = [.. Enumerable.Repeat((byte)6, 32)];

    private static TrackerRoot Root(ulong epoch = 3, byte[]? root = null, byte[]? previous = null, double seconds = 0) =>
        TrackerRoot.Create(s_tracker, Open.Network, epoch, root ?? s_root, previous ?? s_previous, 5, Now + TimeSpan.FromSeconds(seconds));

    [Fact]
    public void A_root_is_read_as_it_was_signed()
    {
        Assert.True(TrackerRoot.TryParse(Root().Record, out var read));
        Assert.Equal((s_tracker.Id, Open.Network, 3ul, 5u), (read.Tracker, read.Network, read.Epoch, read.Members));
        Assert.Equal(s_root, read.Root.ToArray());
        Assert.Equal(s_previous, read.Previous.ToArray());
        Assert.True(TrackerRoot.TryParse(Root(0, previous: []).Record, out var first));
        Assert.Equal(0, first.Previous.Length);
        Assert.True(Root(ulong.MaxValue).Record.Length <= 255); // IdentityOptions says so
    }

    [Fact]
    public void Whatever_was_changed_on_the_way_is_refused() => Tampering.IsRefused(Root().Record.ToArray(), bytes => TrackerRoot.TryParse(bytes, out _));

    [Fact]
    public void Lengths_that_are_not_those_of_roots_are_refused()
    {
        Assert.False(TrackerRoot.TryParse(Root(0).Record, out _));                       // nothing is before the first
        Assert.False(TrackerRoot.TryParse(Root(3, previous: []).Record, out _));
        Assert.False(TrackerRoot.TryParse(Root(3, root: new byte[31]).Record, out _));
        var short_ = new TrackerRootBody { Network = ByteString.CopyFrom(new byte[19]), Root = ByteString.CopyFrom(s_root) };
        Assert.False(TrackerRoot.TryParse(SignedRecords.Create(s_tracker, TrackerRoot.Purpose, short_), out _));
        Assert.False(TrackerRoot.TryParse(SignedRecords.Create(s_tracker, Removal.Purpose, short_), out _));
    }

    [Fact]
    public void Two_agree_where_epoch_and_both_roots_are_the_same_whenever_they_were_signed()
    {
        Assert.True(Root().Agrees(Root(seconds: 9)));
        Assert.NotEqual(Root().Record.ToArray(), Root(seconds: 9).Record.ToArray());
        Assert.False(Root().Agrees(Root(4)));
        Assert.False(Root().Agrees(Root(root: s_previous)));
        Assert.False(Root().Agrees(Root(previous: s_root)));
    }
}
