using System.Collections.Concurrent;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls.Records;

/// <summary>The platform's ciphers, with an eye on what is never to happen: one nonce twice under one key.</summary>
internal sealed class NonceWatch : IRecordCiphers
{
    private readonly ConcurrentDictionary<string, bool> _used = new();

    public ConcurrentBag<string> UsedTwice { get; } = [];

    public int Sealed => _used.Count;

    public IRecordSealer CreateSealer(ReadOnlySpan<byte> key) => new Sealer(this, Convert.ToHexString(key), AesGcmCiphers.Instance.CreateSealer(key));

    public IRecordOpener CreateOpener(ReadOnlySpan<byte> key) => AesGcmCiphers.Instance.CreateOpener(key);

    private sealed class Sealer(NonceWatch watch, string key, IRecordSealer sealer) : IRecordSealer
    {
        public void Seal(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> associated)
        {
            var use = $"{key} {Convert.ToHexString(nonce)}";
            if (!watch._used.TryAdd(use, true)) watch.UsedTwice.Add(use);
            sealer.Seal(nonce, text, tag, associated);
        }

        public void Dispose() => sealer.Dispose();
    }
}
