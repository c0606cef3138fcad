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

    private readonly SortedDictionary<PeerId, byte[]>?[] _leaves = new SortedDictionary<PeerId, byte[]>?[Buckets];
    private readonly byte[] _buckets = new byte[Buckets * HashBytes];
    private ReadOnlyMemory<byte>? _root;

    public MemberMap() => Clear();

    public int Count { get; private set; }

    /// <summary>32 bytes, which do not change when the map does.</summary>
    public ReadOnlyMemory<byte> Root => _root ??= Hash(s_root, [_buckets]);

    /// <param name="id">Of whom the record is.</param>
    /// <param name="record">As it was signed: the member's own, or that of its removal. It takes the place of another of the same id.</param>
    public void Put(PeerId id, ReadOnlyMemory<byte> record)
    {
        var bucket = BucketOf(id);
        var leaves = _leaves[bucket] ??= [];
        if (!leaves.ContainsKey(id)) Count++;
        leaves[id] = Hash(s_leaf, [id.ToArray(), record]);
        Update(bucket);
    }

    public void Remove(PeerId id)
    {
        var bucket = BucketOf(id);
        if (_leaves[bucket]?.Remove(id) != true) return;
        Count--;
        Update(bucket);
    }

    public void Clear()
    {
        Array.Clear(_leaves);
        for (var bucket = 0; bucket < Buckets; bucket++) s_emptyBucket.CopyTo(_buckets, bucket * HashBytes);
        (Count, _root) = (0, null);
    }

    private void Update(int bucket)
    {
        Hash(s_bucket, _leaves[bucket]!.Values.Select(leaf => (ReadOnlyMemory<byte>)leaf)).CopyTo(_buckets, bucket * HashBytes);
        _root = null;
    }

    private static int BucketOf(PeerId id) => id.ToArray()[0];

    private static byte[] Hash(byte[] tag, IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(tag);
        foreach (var part in parts) hash.AppendData(part.Span);
        return hash.GetHashAndReset();
    }
}
