using System.Security.Cryptography;
using System.Text;
using Netflux.Identity;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Simulation;

/// <summary>
/// Keys that prove nothing, for a thousandth of the time: a signature is a hash over id, purpose and body, which everybody can make. To verify is to compare with what the author signed, see
/// <see cref="World.TryVerify"/>.
/// </summary>
internal sealed class CheapKeys(PeerId id) : IPeerKeys
{
    private static readonly NetworkId s_network = NetworkId.FromBytes(Enumerable.Repeat((byte)1, NetworkId.Length).ToArray());
    private static readonly Lazy<PeerCard> s_card = new(() => new SeededPeerKeys(1).Card);

    /// <summary>One card for all: whom a link is with is said by the link, and the cores ask for nothing else.</summary>
    public static PeerCard AnyCard => s_card.Value;

    PeerId IPeerKeys.Id => id;

    PeerCard IPeerKeys.Card => AnyCard;

    public byte[] Sign(string purpose, ReadOnlySpan<byte> body)
    {
        Span<byte> bytes = stackalloc byte[PeerId.Length + purpose.Length + 1 + body.Length];
        id.Write(bytes);
        Encoding.ASCII.GetBytes(purpose, bytes[PeerId.Length..]);
        bytes[PeerId.Length + purpose.Length] = 0;
        body.CopyTo(bytes[(PeerId.Length + purpose.Length + 1)..]);
        return SHA512.HashData(bytes);
    }

    bool IPeerKeys.TryAgree(ReadOnlySpan<byte> otherPoint, Span<byte> secret) => false;

    /// <summary>A batch with one message, as a route makes it.</summary>
    public byte[] SignBatch(ReadOnlySpan<byte> message, in GossipHeader header)
    {
        var batch = BroadcastBatch.Allocate(BatchKind.Messages, BroadcastBatch.MessageOverhead + message.Length);
        BroadcastBatch.WriteMessage(batch, BroadcastBatch.Overhead, message);
        BroadcastBatch.Sign(batch, this, s_network, header);
        return batch;
    }
}
