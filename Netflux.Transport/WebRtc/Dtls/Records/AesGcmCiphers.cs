using System.Security.Cryptography;

namespace Netflux.Transport.WebRtc.Dtls.Records;

/// <summary>AES-GCM of the platform.</summary>
internal sealed class AesGcmCiphers : IRecordCiphers
{
    public static readonly AesGcmCiphers Instance = new();

    public IRecordSealer CreateSealer(ReadOnlySpan<byte> key) => new Cipher(key);

    public IRecordOpener CreateOpener(ReadOnlySpan<byte> key) => new Cipher(key);

    private sealed class Cipher(ReadOnlySpan<byte> key) : IRecordSealer, IRecordOpener
    {
        private readonly AesGcm _gcm = new(key, DtlsRecords.TagBytes);

        public void Seal(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> associated) => _gcm.Encrypt(nonce, text, text, tag, associated);

        public bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated)
        {
            try
            {
                _gcm.Decrypt(nonce, text, tag, text, associated);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }
        }

        public void Dispose() => _gcm.Dispose();
    }
}
