namespace Netflux.Transport.WebRtc.Dtls.Records;

/// <summary>Seals under one key (AEAD, RFC 5116).</summary>
internal interface IRecordSealer : IDisposable
{
    /// <param name="nonce">12 bytes, never the same twice.</param>
    /// <param name="text">In place.</param>
    /// <param name="tag">16 bytes.</param>
    /// <param name="associated">What is authenticated and not encrypted.</param>
    void Seal(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> associated);
}

/// <summary>Opens what was sealed under one key.</summary>
internal interface IRecordOpener : IDisposable
{
    /// <summary>False, and the text is of no use, where something of it was changed.</summary>
    bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated);
}

/// <summary>Where sealers and openers come from; tests put their own beside the platform's.</summary>
internal interface IRecordCiphers
{
    IRecordSealer CreateSealer(ReadOnlySpan<byte> key);

    IRecordOpener CreateOpener(ReadOnlySpan<byte> key);
}
