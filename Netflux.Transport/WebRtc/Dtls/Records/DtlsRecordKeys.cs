using System.Security.Cryptography;

namespace Netflux.Transport.WebRtc.Dtls.Records;

/// <summary>
/// The keys of both directions out of the key block (RFC 5246 §6.3, RFC 5288 §3; AEAD suites have no MAC keys):
/// <code>
/// client_write_key │ server_write_key │ client_write_IV (4) │ server_write_IV (4)
/// </code>
/// </summary>
internal readonly ref struct DtlsRecordKeys(Span<byte> block, DtlsRole role)
{
    public const int SaltBytes = 4;

    private readonly Span<byte> _block = block;
    private readonly int _keyBytes = block.Length / 2 - SaltBytes;
    private readonly bool _isClient = role == DtlsRole.Client;

    public static int BlockBytes(DtlsCipherSuite suite) => 2 * (SaltBytes + (suite == DtlsCipherSuite.EcdheEcdsaAes256GcmSha384 ? 32 : 16));

    public ReadOnlySpan<byte> SealingKey => Key(_isClient);

    public ReadOnlySpan<byte> OpeningKey => Key(!_isClient);

    public ReadOnlySpan<byte> SealingSalt => Salt(_isClient);

    public ReadOnlySpan<byte> OpeningSalt => Salt(!_isClient);

    /// <summary>Forgets the bytes, once the ciphers hold them.</summary>
    public void Clear() => CryptographicOperations.ZeroMemory(_block);

    private ReadOnlySpan<byte> Key(bool client) => _block.Slice(client ? 0 : _keyBytes, _keyBytes);

    private ReadOnlySpan<byte> Salt(bool client) => _block.Slice(2 * _keyBytes + (client ? 0 : SaltBytes), SaltBytes);
}
