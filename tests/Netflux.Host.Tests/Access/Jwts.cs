using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Netflux.Host.Access;

/// <summary>JSON Web Tokens, made by hand (RFC 7515 §3.1), so that they can be wrong.</summary>
internal static class Jwts
{
    public const string Audience = "netflux";

    /// <summary>Of ann, for an hour, unless something else is said.</summary>
    public static string Sign(ECDsa key, string audience = Audience, string? issuer = null, TimeSpan? lasts = null, string algorithm = "ES256", string? keyId = null) =>
        Sign(algorithm, keyId, audience, issuer, lasts, text => key.SignData(text, HashAlgorithmName.SHA256));

    public static string Sign(RSA key) => Sign("RS256", null, Audience, null, null, text => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    /// <summary>RFC 7519 §6: signed by nobody.</summary>
    public static string Unsigned() => Sign("none", null, Audience, null, null, _ => []);

    /// <summary>Signed with what everybody knows, the public key, as if it were a secret (RFC 8725 §2.1).</summary>
    public static string SignedByPublicKey(ECDsa key) => Sign("HS256", null, Audience, null, null, text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem()), text));

    private static string Sign(string algorithm, string? keyId, string audience, string? issuer, TimeSpan? lasts, Func<byte[], byte[]> sign)
    {
        var now = DateTimeOffset.UtcNow;
        Dictionary<string, object> header = new() { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (keyId is not null) header["kid"] = keyId;
        Dictionary<string, object> claims = new() { ["sub"] = "ann", ["aud"] = audience, ["nbf"] = now.AddDays(-1).ToUnixTimeSeconds(), ["exp"] = (now + (lasts ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds() };
        if (issuer is not null) claims["iss"] = issuer;
        var text = $"{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header))}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }
}
