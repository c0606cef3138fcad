using System.Buffers;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>A message that has arrived whole. Who takes it owns its array, and gives it back to <see cref="ArrayPool{T}.Shared"/> by <see cref="Release"/> when done.</summary>
internal readonly record struct SctpMessage(StreamId Stream, PayloadProtocolId Ppid, byte[] Pooled, int Length)
{
    public ReadOnlySpan<byte> Payload => Pooled.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => Pooled.AsMemory(0, Length);

    public void Release() => ArrayPool<byte>.Shared.Return(Pooled);
}
