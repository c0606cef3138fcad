using System.Buffers.Binary;
using System.Security.Cryptography;
using Netflux.Identity;

namespace Netflux.Overlays.FullMesh;

/// <summary>
/// Who carries for a pair: highest random weight (Thaler and Ravishankar, IEEE/ACM Transactions on Networking 6(1), 1998). Each common neighbour has a weight for the pair,
/// a hash that both ends compute alike; so they agree without a word, and the pairs spread over the carriers.
/// </summary>
internal static class CarrierChoice
{
    public static IReadOnlyList<PeerId> Rank(PeerId one, PeerId other, IEnumerable<PeerId> candidates) =>
        [.. candidates.Select(carrier => (Weight: Weigh(one, other, carrier), carrier)).OrderByDescending(pair => pair.Weight).ThenBy(pair => pair.carrier).Select(pair => pair.carrier)];

    private static ulong Weigh(PeerId one, PeerId other, PeerId carrier)
    {
        Span<byte> input = stackalloc byte[3 * PeerId.Length];
        (one < other ? one : other).Write(input);
        (one < other ? other : one).Write(input[PeerId.Length..]);
        carrier.Write(input[(2 * PeerId.Length)..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
