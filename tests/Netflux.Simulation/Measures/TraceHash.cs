using System.Buffers.Binary;
using System.Security.Cryptography;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using PeerLeavingReason = Netflux.Messages.PeerLeavingReason;

namespace Netflux.Simulation.Measures;

/// <summary>SHA-256 over everything that happened, with its time: two runs with the same hash are the same run.</summary>
internal sealed class TraceHash(World world) : IWatcher
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[32 * 1024];
    private int _used;

    public void HandleStarted(SimulatedNode node) => Add(1, node.Number, (long)node.Run, 0);

    public void HandleStopped(SimulatedNode node) => Add(2, node.Number, 0, 0);

    public void HandleBroadcast(SimulatedNode node, MessageId id) => Add(3, node.Number, (long)id.Sequence, 0);

    public void HandleDelivered(SimulatedNode node, MessageId id, int round) => Add(4, node.Number, World.NumberOf(id.Author), (long)id.Sequence);

    public void HandleMissed(SimulatedNode node, ReportMissed missed) => Add(5, node.Number, (long)missed.First, (long)missed.Last);

    public void HandleMessage(int from, SimulatedNode to, object message) => Add(6, from, to.Number, Describe(message));

    public void HandleRecord(int from, int to, int bytes) => Add(9, from, to, bytes);

    public void HandleSessionEnded(int node, int peer, PeerLeavingReason why) => Add(10, node, peer, (long)why);

    public void HandleNeighborUp(SimulatedNode node, int neighbor) => Add(7, node.Number, neighbor, 0);

    public void HandleNeighborDown(SimulatedNode node, int neighbor, NeighborEnd why) => Add(8, node.Number, neighbor, (long)why);

    private static long Describe(object message) => message switch
    {
        HyParViewMessage.Join => 1,
        HyParViewMessage.ForwardJoin forward => 2 + 256L * forward.Ttl + 65536L * World.NumberOf(forward.Joiner.Id),
        HyParViewMessage.Neighbor neighbor => neighbor.HighPriority ? 3 : 4,
        HyParViewMessage.Accepted => 5,
        HyParViewMessage.Declined => 6,
        HyParViewMessage.Disconnect => 7,
        HyParViewMessage.Shuffle shuffle => 8 + 256L * shuffle.Ttl + 65536L * Sum(shuffle.Contacts.Select(contact => World.NumberOf(contact.Id))),
        HyParViewMessage.ShuffleReply reply => 9 + 65536L * Sum(reply.Contacts.Select(contact => World.NumberOf(contact.Id))),
        PlumtreeMessage.Gossip gossip => 16 + 256L * gossip.Round + 65536L * (long)gossip.Id.Sequence,
        PlumtreeMessage.IHave have => 17 + 256L * have.Announcements.Count,
        PlumtreeMessage.Graft graft => 18 + 256L * graft.Wanted.Count,
        PlumtreeMessage.Prune => 19,
        PlumtreeMessage.Summary summary => 20 + 256L * summary.Authors.Count,
        _ => 255,
    };

    private static long Sum(IEnumerable<int> numbers)
    {
        var sum = 17L;
        foreach (var number in numbers) sum = (sum * 31 + number) & 0xFFFFFFFF;
        return sum;
    }

    private void Add(byte kind, int node, long one, long other)
    {
        if (_used + 32 > _buffer.Length) Flush();
        var entry = _buffer.AsSpan(_used, 32);
        BinaryPrimitives.WriteInt64LittleEndian(entry, world.Now.Ticks << 4 | kind);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], node);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], one);
        BinaryPrimitives.WriteInt64LittleEndian(entry[24..], other);
        _used += 32;
    }

    private void Flush()
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    public override string ToString()
    {
        Flush();
        return Convert.ToHexStringLower(_hash.GetCurrentHash())[..16];
    }
}
