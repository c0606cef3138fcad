using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>What rooms need of a store, whichever it is.</summary>
[Trait("Category", "Rim")]
public abstract class TrackingStoreContract
{
    protected const int Networks = 8;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    protected TrackingStoreContract() =>
        Genesis = [.. Enumerable.Range(0, Networks).Select(_ => Identity.Genesis.Create(Ann, Topology.FullMesh(), PlatformRandom.Instance, DateTimeOffset.UtcNow))];

    internal SeededPeerKeys Ann { get; } = new(1);

    internal IReadOnlyList<Genesis> Genesis { get; }

    /// <summary>The same store each time.</summary>
    internal abstract TrackingSettings Settings { get; }

    [Fact]
    public virtual async Task What_a_room_acknowledged_it_knows_after_the_next_start()
    {
        await using (var node = await StartAsync(Settings))
        {
            using var edge = new Edge(node);
            foreach (var genesis in Genesis) edge.Create(genesis, Ann);
        }
        await using var again = await StartAsync(Settings);
        using var later = new Edge(again);
        foreach (var genesis in Genesis)
        {
            var entered = later.Ask<Entered>(RoomId.OfName(Edge.NameOf(genesis)), request => new EnterDoor(later.Visitor(Ann), request, Edge.NameOf(genesis), null, DoorMode.Join));
            Assert.Equal((genesis.Network, true), (entered.Genesis.Network, entered.Tracked));
            Assert.Single(later.Members(genesis, Ann));
        }
    }

    [Fact]
    public virtual async Task More_changes_than_a_snapshot_waits_for_are_all_there_after_the_next_start()
    {
        const int Members = 250; // beyond one snapshot, and some events after it
        var genesis = Genesis[0];
        TrackerRoot before;
        await using (var node = await StartAsync(Settings))
        {
            using var edge = new Edge(node);
            edge.Create(genesis, Ann);
            for (var number = 1; number < Members; number++) edge.Join(genesis, new SeededPeerKeys((ulong)(1_000 + number)));
            edge.Leave(genesis, new SeededPeerKeys(1_001));
            before = edge.Root(genesis, Ann);
            Assert.Equal(Members + 1ul, before.Epoch);
        }
        await using var again = await StartAsync(Settings);
        using var later = new Edge(again);
        later.Enter(genesis, Ann);
        Assert.Equal(Members - 1, later.Members(genesis, Ann).Count);
        Assert.True(later.Root(genesis, Ann).Agrees(before)); // under the same key, which is in the folder, too
        Assert.Equal(before.Tracker, later.Root(genesis, Ann).Tracker);
    }

    [Fact]
    public virtual async Task The_networks_are_found_in_the_store()
    {
        await using var node = await StartAsync(Settings);
        using var edge = new Edge(node);
        foreach (var genesis in Genesis) edge.Create(genesis, Ann);
        var found = edge.Find();
        Assert.Equal(Genesis.Select(genesis => genesis.Network.ToString()).Order(StringComparer.Ordinal), found.Networks.Select(network => network.Name![2..]));
        Assert.All(found.Networks, network => Assert.Equal(1, network.Members));
    }

    internal static async Task<TrackingNode> StartAsync(TrackingSettings settings)
    {
        var node = TrackingNode.Create(settings, new SignalingServerOptions(), NullLoggerFactory.Instance);
        await node.StartAsync(CancellationToken.None);
        return node;
    }

    /// <summary>What a server's connections are to the rooms.</summary>
    internal sealed class Edge(TrackingNode node) : IDisposable
    {
        private readonly Inbox _inbox = Inbox.Create(node.System);
        private ulong _request;

        public static string NameOf(Genesis genesis) => $"n-{genesis.Network}";

        public Visitor Visitor(SeededPeerKeys keys) => new(new ConnectionId(node.Rooms.Node, 1), keys.Card, new Incarnation(1), "ann");

        public void Create(Genesis genesis, SeededPeerKeys creator)
        {
            Assert.True(Ask<Entered>(RoomId.OfName(NameOf(genesis)), request => new EnterDoor(Visitor(creator), request, NameOf(genesis), genesis, DoorMode.Create, Track: true)).Tracked);
            Put(genesis, creator);
        }

        public void Join(Genesis genesis, SeededPeerKeys keys)
        {
            Enter(genesis, keys);
            Put(genesis, keys);
        }

        public void Leave(Genesis genesis, SeededPeerKeys keys) => Assert.IsType<Accomplished>(Ask(RoomId.Of(genesis.Network), request =>
            new RemoveTracked(Visitor(keys), request, keys.Id, Removal.Create(keys, genesis.Network, keys.Id, DateTimeOffset.UtcNow).Record)));

        public TrackerRoot Root(Genesis genesis, SeededPeerKeys asker)
        {
            var entered = Ask<Entered>(RoomId.Of(genesis.Network), request => new EnterDoor(Visitor(asker), request, genesis.Network.ToString(), null, DoorMode.Join));
            return TrackerRoot.TryParse(entered.Root, out var root) ? root : throw new InvalidOperationException("not signed");
        }

        public void Enter(Genesis genesis, SeededPeerKeys keys) =>
            Ask<Entered>(RoomId.Of(genesis.Network), request => new EnterDoor(Visitor(keys), request, genesis.Network.ToString(), null, DoorMode.Join));

        public IReadOnlyList<TrackedPresence> Members(Genesis genesis, SeededPeerKeys asker)
        {
            List<TrackedPresence> all = [];
            PeerId? after = null;
            while (true)
            {
                var page = Ask<TrackedMembersListed>(RoomId.Of(genesis.Network), request => new ListTrackedMembers(Visitor(asker), request, after));
                all.AddRange(page.Members);
                if (!page.More) return all;
                Assert.True(SignedRecords.TryVerify(page.Members[^1].Record.Span, MemberRecord.Purpose, IdentityOptions.MemberBytesMax, out var last, out _));
                after = last.Signer;
            }
        }

        public NetworksFound Find()
        {
            node.Rooms.Find(new FindNetworks(new ConnectionId(node.Rooms.Node, 1), ++_request, ""), _inbox.Receiver);
            return Assert.IsType<NetworksFound>(((RoomSaid)_inbox.Receive(s_patience)).Reply);
        }

        public T Ask<T>(RoomId room, Func<ulong, RoomMessage> message) => Assert.IsType<T>(Ask(room, message));

        public RoomReply Ask(RoomId room, Func<ulong, RoomMessage> message)
        {
            _inbox.Send(node.Rooms.Rooms, new ForRoom(room, message(++_request)));
            return ((RoomSaid)_inbox.Receive(s_patience)).Reply;
        }

        public void Dispose() => _inbox.Dispose();

        public void Put(Genesis genesis, SeededPeerKeys keys) => Assert.IsType<Accomplished>(TryPut(genesis, keys));

        public RoomReply TryPut(Genesis genesis, SeededPeerKeys keys)
        {
            var admission = Admission.Issue(keys, genesis, keys.Id, null, mayInvite: true, DateTimeOffset.UtcNow, null);
            var record = MemberRecord.Create(keys, genesis, new Incarnation(1), 1, "ann", admission, [], relays: false);
            return Ask(RoomId.Of(genesis.Network), request => new PutTracked(Visitor(keys), request, record.Record));
        }
    }
}
