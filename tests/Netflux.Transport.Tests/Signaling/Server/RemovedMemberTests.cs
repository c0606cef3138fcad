using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Server;

/// <summary>What a removal ends in a network that takes invited members only.</summary>
public sealed class RemovedMemberTests
{
    private readonly Genesis _closed = Genesis.Create(Alice, Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var topology, out _) ? topology : throw new InvalidOperationException(), new SeededRandom(14), WallClock);
    private ulong _lastRequest;

    /// <summary>Its admission does not end by itself, and members that it meets elsewhere still take it.</summary>
    [Fact]
    public void Whom_the_creator_removed_needs_to_be_let_in_again()
    {
        var world = new RoomWorld(() => new NetworkRoom(_closed.Network));
        var (alice, bob) = (RoomWorld.VisitorOf(Alice, 1), RoomWorld.VisitorOf(Bob, 2));
        foreach (var who in new[] { alice, bob }) Assert.IsType<Entered>(world.Ask(new EnterDoor(who, ++_lastRequest, _closed.Network.ToString(), _closed, DoorMode.JoinOrCreate, true)));
        Assert.IsType<Accomplished>(world.Ask(Putting(bob, WallClock)));

        world.Advance(TimeSpan.FromSeconds(6));
        Assert.IsType<Accomplished>(world.Ask(Removing(bob, Bob, world.WallClock)));
        Assert.IsType<Accomplished>(world.Ask(Putting(bob, WallClock)));  // it left by itself, and may come back
        Assert.IsType<Accomplished>(world.Ask(Removing(alice, Alice, world.WallClock)));
        Assert.Equal(NetfluxError.NotAdmitted, world.AskWithoutStoring<RoomRefused>(Putting(bob, WallClock)).Error);
        Assert.IsType<Accomplished>(world.Ask(Putting(bob, world.WallClock + TimeSpan.FromSeconds(6))));
    }

    /// <summary>Bob, admitted then.</summary>
    private PutTracked Putting(Visitor bob, DateTimeOffset admitted) =>
        new(bob, ++_lastRequest, MemberRecord.Create(Bob, _closed, new(1), 1, "bob", Admission.Issue(Alice, _closed, Bob.Id, null, false, admitted, null), [], false).Record);

    private RemoveTracked Removing(Visitor who, IPeerKeys keys, DateTimeOffset at) => new(who, ++_lastRequest, Bob.Id, Removal.Create(keys, _closed.Network, Bob.Id, at).Record);
}
