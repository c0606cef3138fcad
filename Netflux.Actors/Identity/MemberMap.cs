using System.Security.Cryptography;
using System.Text;

namespace Netflux.Identity;

/// <summary>
/// The members of a tracked network, and who was removed, as a map of ids to signed records with one hash over all: who has the same records has the same root. A change costs the hash of a bucket,
/// a 256th of the members, and of the 256 buckets. docs/WIRE.md has it byte for byte.
/// </summary>
internal sealed class MemberMap
{
    public const int HashBytes = 32;
    private const int Buckets = 256; // by the first byte of the id

    // Told apart by what they are of, so that none can be taken for another.
    private static readonly byte[] s_leaf = Encoding.ASCII.GetBytes("netflux map leaf v1\0"), s_bucket = Encoding.ASCII.GetBytes("netflux map bucket v1\0"), s_root = Encoding.ASCII.GetBytes("netflux map root v1\0");
    private static readonly byte[] s_emptyBucket = SHA256.HashData(s_bucket);

    private sealed class Bucket
    {
        public SortedDictionary<PeerId, byte[]> Leaves { get; } = [];
        public byte[] Hash { get; set; } = s_emptyBucket;
    }

    private readonly Dictionary<byte, Bucket> _buckets = [];  // without the empty ones: most networks are small, and one server has many
    private ReadOnlyMemory<byte>? _root;

    public int Count { get; private set; }

    /// <summary>32 bytes, which do not change when the map does.</summary>
    public ReadOnlyMemory<byte> Root => _root ??= Hash(s_root, Enumerable.Range(0, Buckets).Select(bucket => (ReadOnlyMemory<byte>)(_buckets.GetValueOrDefault((byte)bucket)?.Hash ?? s_emptyBucket)));

    /// <param name="id">Of whom the record is.</param>
    /// <param name="record">As it was signed: the member's own, or that of its removal. It takes the place of another of the same id.</param>
    public void Put(PeerId id, ReadOnlyMemory<byte> record)
    {
        var at = BucketOf(id);
        if (!_buckets.TryGetValue(at, out var bucket)) _buckets.Add(at, bucket = new());
        if (!bucket.Leaves.ContainsKey(id)) Count++;
        bucket.Leaves[id] = Hash(s_leaf, [id.ToArray(), record]);
        Update(bucket);
    }

    public void Remove(PeerId id)
    {
        var at = BucketOf(id);
        if (!_buckets.TryGetValue(at, out var bucket) || !bucket.Leaves.Remove(id)) return;
        Count--;
        if (bucket.Leaves.Count == 0) _buckets.Remove(at);
        Update(bucket);
    }

    public void Clear()
    {
        _buckets.Clear();
        (Count, _root) = (0, null);
    }

    private void Update(Bucket bucket)
    {
        bucket.Hash = Hash(s_bucket, bucket.Leaves.Values.Select(leaf => (ReadOnlyMemory<byte>)leaf));
        _root = null;
    }

    private static byte BucketOf(PeerId id) => id.ToArray()[0];

    private static byte[] Hash(byte[] tag, IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(tag);
        foreach (var part in parts) hash.AppendData(part.Span);
        return hash.GetHashAndReset();
    }
}
