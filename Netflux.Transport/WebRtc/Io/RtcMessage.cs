using System.Buffers;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>One message of a data channel, in a buffer of <see cref="ArrayPool{T}.Shared"/> that belongs to whom it is given; he returns it.</summary>
/// <param name="Pooled">The buffer; the message is its first <paramref name="Length"/> bytes.</param>
/// <param name="IsText">UTF-8 text (as sent; not checked), else bytes.</param>
internal readonly record struct RtcMessage(byte[] Pooled, int Length, bool IsText)
{
    public ReadOnlySpan<byte> Span => Pooled.AsSpan(0, Length);

    public void Return() => ArrayPool<byte>.Shared.Return(Pooled);
}
