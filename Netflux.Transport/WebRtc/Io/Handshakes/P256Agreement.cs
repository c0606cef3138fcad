using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>An ephemeral key of P-256 and the secret that it makes with the other side's (RFC 8422 §5.10), by the platform.</summary>
internal sealed class P256Agreement(TlsCrypto crypto) : TlsAgreement
{
    private const byte Uncompressed = 4;
    private const int CoordinateBytes = 32;

    private readonly ECDiffieHellman _own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private ECDiffieHellman? _peer;

    public byte[] GenerateEphemeral()
    {
        var point = _own.ExportParameters(includePrivateParameters: false).Q;
        return [Uncompressed, .. point.X!, .. point.Y!];
    }

    public void ReceivePeerValue(byte[] peerValue)
    {
        // RFC 8422 §5.1.1: points travel uncompressed. That the point lies on the curve is checked by the platform when it is imported.
        if (peerValue is not [Uncompressed, ..] || peerValue.Length != 1 + 2 * CoordinateBytes) throw new TlsFatalAlert(AlertDescription.illegal_parameter);
        try
        {
            var point = new ECPoint { X = peerValue[1..(1 + CoordinateBytes)], Y = peerValue[(1 + CoordinateBytes)..] };
            _peer = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
        }
        catch (CryptographicException e)
        {
            throw new TlsFatalAlert(AlertDescription.illegal_parameter, e);
        }
    }

    public TlsSecret CalculateSecret()
    {
        using (_own)
        using (_peer)
        using (var point = _peer!.PublicKey)
        {
            return crypto.CreateSecret(_own.DeriveRawSecretAgreement(point));
        }
    }
}
