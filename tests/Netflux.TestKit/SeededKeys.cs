using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Io;

namespace Netflux.TestKit;

/// <summary>The keys of an identity that a seed decides, signatures included: the same seed gives the same ids and the same bytes on every run. Any thread may use them.</summary>
internal sealed class SeededPeerKeys : IPeerKeys, IDisposable
{
    private readonly BigInteger _signing;
    private readonly PlatformEphemeralKey _sealing;
    private readonly Lock _lock = new();

    public SeededPeerKeys(ulong seed) : this(SeededRandom.For(seed, "peer keys"))
    {
    }

    public SeededPeerKeys(IRandomSource random)
    {
        _signing = SeededScalars.Draw(random);
        _sealing = new PlatformEphemeralKey(SeededScalars.Agreement(SeededScalars.Draw(random)));
        using var signing = SeededScalars.Agreement(_signing);
        Card = PeerCard.Create(CurvePoint.Export(signing), _sealing.PublicPoint, bytes => DeterministicEcdsa.Sign(_signing, bytes));
    }

    public PeerCard Card { get; }

    public PeerId Id => Card.Id;

    public byte[] Sign(string purpose, ReadOnlySpan<byte> body) => DeterministicEcdsa.Sign(_signing, SignedRecords.ToBeSigned(purpose, body));

    public bool TryAgree(ReadOnlySpan<byte> otherPoint, Span<byte> secret)
    {
        lock (_lock) return _sealing.TryAgree(otherPoint, secret);
    }

    public void Dispose() => _sealing.Dispose();
}

/// <summary>Ephemeral keys that a seed decides.</summary>
internal sealed class SeededEphemeralKeys(IRandomSource random) : IEphemeralKeySource
{
    private readonly Lock _lock = new();

    public SeededEphemeralKeys(ulong seed) : this(SeededRandom.For(seed, "ephemeral keys"))
    {
    }

    public IEphemeralKey Create()
    {
        lock (_lock) return new PlatformEphemeralKey(SeededScalars.Agreement(SeededScalars.Draw(random)));
    }
}

/// <summary>Private scalars of P-256.</summary>
internal static class SeededScalars
{
    /// <summary>The order of the group (FIPS 186-5, SP 800-186 §3.2.1.3).</summary>
    public static readonly BigInteger Order = BigInteger.Parse("00FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static BigInteger Draw(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[32];
        while (true)
        {
            random.Fill(bytes);
            var scalar = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
            if (!scalar.IsZero && scalar < Order) return scalar;
        }
    }

    /// <summary>The platform computes the point of a private scalar by itself.</summary>
    public static ECDiffieHellman Agreement(BigInteger scalar) =>
        ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = ToBytes(scalar) });

    public static byte[] ToBytes(BigInteger number)
    {
        var bytes = new byte[32];
        var length = number.GetByteCount(isUnsigned: true);
        if (!number.TryWriteBytes(bytes.AsSpan(32 - length), out _, isUnsigned: true, isBigEndian: true)) throw new ArgumentOutOfRangeException(nameof(number));
        return bytes;
    }
}

/// <summary>ECDSA whose signatures the key and the message decide (RFC 6979): the platform's are random, and tests want the same bytes again.</summary>
internal static class DeterministicEcdsa
{
    public static byte[] Sign(BigInteger key, ReadOnlySpan<byte> message)
    {
        var hash = SHA256.HashData(message);
        var digest = new BigInteger(hash, isUnsigned: true, isBigEndian: true);
        foreach (var k in Nonces(SeededScalars.ToBytes(key), SeededScalars.ToBytes(digest % SeededScalars.Order)))
        {
            using var point = SeededScalars.Agreement(k);
            var r = new BigInteger(CurvePoint.Export(point).AsSpan(1, 32), isUnsigned: true, isBigEndian: true) % SeededScalars.Order;
            var s = BigInteger.ModPow(k, SeededScalars.Order - 2, SeededScalars.Order) * (digest + r * key) % SeededScalars.Order;
            if (!r.IsZero && !s.IsZero) return [.. SeededScalars.ToBytes(r), .. SeededScalars.ToBytes(s)];
        }
        throw new InvalidOperationException("There is always a next nonce.");
    }

    // RFC 6979 §3.2, steps b to h.
    private static IEnumerable<BigInteger> Nonces(byte[] key, byte[] digest)
    {
        var v = Enumerable.Repeat((byte)1, 32).ToArray();
        var k = new byte[32];
        k = HMACSHA256.HashData(k, (byte[])[.. v, 0, .. key, .. digest]);
        v = HMACSHA256.HashData(k, v);
        k = HMACSHA256.HashData(k, (byte[])[.. v, 1, .. key, .. digest]);
        v = HMACSHA256.HashData(k, v);
        while (true)
        {
            v = HMACSHA256.HashData(k, v);
            var nonce = new BigInteger(v, isUnsigned: true, isBigEndian: true);
            if (!nonce.IsZero && nonce < SeededScalars.Order) yield return nonce;
            k = HMACSHA256.HashData(k, (byte[])[.. v, 0]);
            v = HMACSHA256.HashData(k, v);
        }
    }
}
