using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Netflux.Sessions.Handshake;

/// <summary>
/// The nonces and proofs that this process accepted lately, one history for all its links. A replay fails anyway, because our own nonce is fresh; with the history
/// it fails under its own name, and before a signature is checked. The oldest are forgotten.
/// </summary>
internal sealed class ProofHistory(int capacity)
{
    private readonly ConcurrentDictionary<UInt128, bool> _seen = new();
    private readonly ConcurrentQueue<UInt128> _order = new();

    public bool Contains(ReadOnlySpan<byte> value) => _seen.ContainsKey(Digest(value));

    /// <summary>False if it was there already: of two links with one nonce, one is a replay.</summary>
    public bool TryAdd(ReadOnlySpan<byte> value)
    {
        var digest = Digest(value);
        if (!_seen.TryAdd(digest, true)) return false;
        _order.Enqueue(digest);
        while (_seen.Count > capacity && _order.TryDequeue(out var oldest)) _seen.TryRemove(oldest, out _);
        return true;
    }

    private static UInt128 Digest(ReadOnlySpan<byte> value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(value, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
