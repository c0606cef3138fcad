using System.Buffers.Binary;
using System.Security.Cryptography;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls.Records;

internal delegate void Rewrite(Span<byte> bytes);

/// <summary>Sound ciphers that are given other nonces, or other associated data, than they should be: by both ends, so that these agree with one another.</summary>
internal sealed class FaultyCiphers(IRecordCiphers ciphers, Rewrite? nonce = null, Rewrite? associated = null) : IRecordCiphers
{
    /// <summary>Of what a connection seals itself, the first number is the one that the library has used for its Finished.</summary>
    public static FaultyCiphers CountingAgain(IRecordCiphers ciphers) => new(ciphers, nonce: bytes =>
    {
        var sequence = bytes[^6..];
        if (sequence.ContainsAnyExcept((byte)0)) BinaryPrimitives.WriteUInt32BigEndian(sequence[2..], BinaryPrimitives.ReadUInt32BigEndian(sequence[2..]) - 1);
    });

    public IRecordSealer CreateSealer(ReadOnlySpan<byte> key) => new Sealer(this, ciphers.CreateSealer(key));

    public IRecordOpener CreateOpener(ReadOnlySpan<byte> key) => new Opener(this, ciphers.CreateOpener(key));

    private byte[] Nonce(ReadOnlySpan<byte> bytes) => Rewritten(bytes, nonce);

    private byte[] Associated(ReadOnlySpan<byte> bytes) => Rewritten(bytes, associated);

    private static byte[] Rewritten(ReadOnlySpan<byte> bytes, Rewrite? rewrite)
    {
        var copy = bytes.ToArray();
        rewrite?.Invoke(copy);
        return copy;
    }

    private sealed class Sealer(FaultyCiphers owner, IRecordSealer sealer) : IRecordSealer
    {
        public void Seal(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> associated) => sealer.Seal(owner.Nonce(nonce), text, tag, owner.Associated(associated));

        public void Dispose() => sealer.Dispose();
    }

    private sealed class Opener(FaultyCiphers owner, IRecordOpener opener) : IRecordOpener
    {
        public bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated) => opener.TryOpen(owner.Nonce(nonce), text, tag, owner.Associated(associated));

        public void Dispose() => opener.Dispose();
    }
}

/// <summary>Opens without a look at the tag: the counter mode inside GCM, whose first block of text is the second one (NIST SP 800-38D §7.1).</summary>
internal sealed class TaglessCiphers(IRecordCiphers ciphers) : IRecordCiphers
{
    public IRecordSealer CreateSealer(ReadOnlySpan<byte> key) => ciphers.CreateSealer(key);

    public IRecordOpener CreateOpener(ReadOnlySpan<byte> key)
    {
        var aes = Aes.Create();
        aes.Key = key.ToArray();
        return new Opener(aes);
    }

    private sealed class Opener(Aes aes) : IRecordOpener
    {
        public bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated)
        {
            Span<byte> counter = stackalloc byte[16];
            Span<byte> stream = stackalloc byte[16];
            nonce.CopyTo(counter);
            for (var at = 0; at < text.Length; at++)
            {
                if (at % 16 == 0)
                {
                    BinaryPrimitives.WriteUInt32BigEndian(counter[12..], (uint)(at / 16 + 2));
                    aes.EncryptEcb(counter, stream, PaddingMode.None);
                }
                text[at] ^= stream[at % 16];
            }
            return true;
        }

        public void Dispose() => aes.Dispose();
    }
}
