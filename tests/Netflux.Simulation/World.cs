using System.Buffers.Binary;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Sessions;
using Netflux.Simulation.Mutations;
using Netflux.Simulation.Network;
using Netflux.Simulation.Network.Sessions;
using Netflux.TestKit;

namespace Netflux.Simulation;

/// <summary>What a world is made of.</summary>
/// <param name="Nodes">How many members.</param>
/// <param name="Network">What is between them.</param>
/// <param name="Views">Who is a neighbour.</param>
/// <param name="Tree">Who gets a broadcast.</param>
/// <param name="Sessions">Null: the cores' messages travel themselves, see <see cref="ICarrier"/>.</param>
internal sealed record WorldSetup(int Nodes, NetworkConditions Network, HyParViewOptions Views, PlumtreeOptions Tree, SessionOptions? Sessions);

/// <summary>Many members on one thread, in virtual time. The seed decides everything.</summary>
internal sealed class World
{
    private readonly SimulatedNode[] _nodes;

    public World(ulong seed, WorldSetup setup, Mutation? mutation = null)
    {
        (Seed, Setup, Mutation) = (seed, setup, mutation ?? new Mutation());
        Built = Mutation.Alter(setup);
        Random = SeededRandom.For(seed, "scenario");
        if (Built.Sessions is { } sessions) Network = Sessions = new SessionNetwork(this, sessions);
        else Network = new VirtualNetwork(setup.Network, Time, SeededRandom.For(seed, "network"));
        _nodes = new SimulatedNode[setup.Nodes];
        for (var number = 0; number < setup.Nodes; number++)
        {
            _nodes[number] = new SimulatedNode(this, number, Random.Chance(setup.Network.SlowShare));
            Network.Add(_nodes[number]);
        }
    }

    public ulong Seed { get; }

    /// <summary>What the world should be.</summary>
    public WorldSetup Setup { get; }

    /// <summary>What its members are built with: the same, but for a planted bug.</summary>
    public WorldSetup Built { get; }

    public Mutation Mutation { get; }
    public VirtualTime Time { get; } = new();
    public Instant Now => Time.Now;
    public SeededRandom Random { get; }
    public ICarrier Network { get; }

    /// <summary>The same as <see cref="Network"/> where there are sessions.</summary>
    public SessionNetwork? Sessions { get; }

    public IReadOnlyList<SimulatedNode> Nodes => _nodes;
    public IEnumerable<SimulatedNode> Alive => _nodes.Where(node => node.IsAlive);

    /// <summary>A list as it is: it is gone through for every message.</summary>
    public List<IWatcher> Watchers { get; } = [];

    public void Watch(IWatcher watcher) => Watchers.Add(watcher);

    // ---- Ids ----

    /// <summary>The number behind 64 mixed bits: ids that are spread as hashes are.</summary>
    public static PeerId IdOf(int number)
    {
        Span<byte> bytes = stackalloc byte[PeerId.Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)number + 1) * 0x9E3779B97F4A7C15);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], number);
        return PeerId.FromBytes(bytes);
    }

    public static int NumberOf(PeerId id)
    {
        Span<byte> bytes = stackalloc byte[PeerId.Length];
        id.Write(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes[16..]);
    }

    // ---- What a scenario does ----

    /// <summary>Some that are members already, as a server would name them.</summary>
    public IReadOnlyList<Contact> DrawContacts(SimulatedNode except, int count = 3)
    {
        List<Contact> contacts = [];
        for (var attempt = 0; attempt < 10 * count && contacts.Count < count; attempt++) TryAdd(_nodes[Random.Next(_nodes.Length)]);
        // Few are there: whoever is.
        foreach (var node in contacts.Count > 0 ? [] : Alive) TryAdd(node);
        return contacts;

        void TryAdd(SimulatedNode node)
        {
            if (contacts.Count < count && node.IsAlive && node != except && (node.JoinedAt is not null || node.Number == 0) && !contacts.Contains(node.Contact)) contacts.Add(node.Contact);
        }
    }

    public SimulatedNode? DrawAlive()
    {
        SimulatedNode[] alive = [.. Alive.Where(node => node.JoinedAt is not null)];
        return alive.Length == 0 ? null : alive[Random.Next(alive.Length)];
    }

    // ---- What was signed ----

    private readonly Dictionary<MessageId, ReadOnlyMemory<byte>> _signed = [];

    public void Remember(MessageId id, ReadOnlyMemory<byte> batch) => _signed[id] = batch;

    /// <summary>Whether the author made this batch. What it made is kept once for all that keep it: each would have its own in a process of its own.</summary>
    public bool TryVerify(MessageId id, ReadOnlyMemory<byte> batch, out ReadOnlyMemory<byte> signed) => _signed.TryGetValue(id, out signed) && signed.Span.SequenceEqual(batch.Span);

    public void Run(TimeSpan span) => Time.RunUntil(Now + span);
}
