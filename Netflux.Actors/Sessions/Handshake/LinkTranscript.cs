using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Netflux.Links;

namespace Netflux.Sessions.Handshake;

/// <summary>What both sides of a link have said: the ground of proofs, keys and the session's name.</summary>
internal sealed class LinkTranscript
{
    public const string ProofPurpose = "netflux link proof v1";

    private readonly byte[] _hash;
    private readonly byte[] _binding;

    /// <param name="diallerHello">Exact bytes, kind byte included.</param>
    /// <param name="listenerHello">Exact bytes, kind byte included.</param>
    /// <param name="binding">What ties the proof to this connection: the authority that the dialler dialled, or both ends' certificate fingerprints; empty on links that have neither.</param>
    public LinkTranscript(ReadOnlySpan<byte> diallerHello, ReadOnlySpan<byte> listenerHello, ReadOnlySpan<byte> binding)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, diallerHello);
        Append(hash, listenerHello);
        _hash = hash.GetHashAndReset();
        _binding = binding.ToArray();
    }

    /// <summary>The binding of a link that is dialled at an authority.</summary>
    public static byte[] BindingOf(string authority) => Encoding.UTF8.GetBytes(authority);

    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>What the side of this role signs: role byte (0 dialler, 1 listener), transcript hash, binding.</summary>
    public byte[] ToBeSigned(LinkRole role) => [role == LinkRole.Dialler ? (byte)0 : (byte)1, .. _hash, .. _binding];

    public SessionId FreshSession(ReadOnlySpan<byte> secret)
    {
        Span<byte> id = stackalloc byte[16];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, id, _hash, "netflux session v1"u8);
        return new SessionId(BinaryPrimitives.ReadUInt128BigEndian(id));
    }

    // Behind its length, so that no bytes can move from one Hello to the other.
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> hello)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)hello.Length);
        hash.AppendData(length);
        hash.AppendData(hello);
    }
}
