using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Scenarios;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>What a member of a tree holds on to.</summary>
[Collection(nameof(Alone))]
public sealed class PlumtreeMemoryTests
{
    private const int Nodes = 500;
    private static readonly ReadOnlyMemory<byte> s_payload = new byte[] { 1, 2, 3 };

    private static PeerId IdOf(int number) => PeerId.FromBytes([.. Enumerable.Repeat((byte)0, 18), (byte)(number >> 8), (byte)number]);

    /// <summary>Five neighbours, and a hundred authors that spoke five minutes ago.</summary>
    [Fact]
    public void An_idle_node_takes_less_than_20_KiB()
    {
        Idle();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var nodes = Enumerable.Range(0, Nodes).Select(_ => Idle()).ToArray();
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Nodes;
        GC.KeepAlive(nodes);
        Assert.InRange(each, 1, 20 * 1024);
    }

    private static PlumtreeBroadcast Idle()
    {
        var (run, now) = (new Incarnation(1), new Instant(1));
        var tree = new PlumtreeBroadcast(IdOf(0), run, new());
        for (var neighbor = 1; neighbor <= 5; neighbor++) tree.Handle(new TreeNeighborUp(IdOf(neighbor)), now);
        tree.Handle(new TreeMessageReceived(IdOf(1), new PlumtreeMessage.Summary([], false)), now);
        for (var author = 10; author < 110; author++)
        {
            var first = new PlumtreeMessage.Gossip(new(IdOf(author), run, 1), 1, 1, s_payload);
            tree.Handle(new TreeMessageReceived(IdOf(1), first), now);
        }
        for (var end = now + TimeSpan.FromMinutes(5); tree.NextDeadline is { } due && due <= end; tree.HandleDeadline(now))
        {
            if (due > now) now = due;
        }
        while (tree.TryTake(out _)) { }
        return tree;
    }
}
