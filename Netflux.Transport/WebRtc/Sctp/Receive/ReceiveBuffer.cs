using System.Buffers;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>Accounts for what waits here, whoever holds it, and lends the arrays.</summary>
internal sealed class ReceiveBuffer(SctpOptions options)
{
    /// <summary>Bytes that count against the window.</summary>
    public long Used { get; private set; }

    public long Free => Math.Max(0, options.ReceiveBufferBytes - Used);

    public void Charge(int bytes) => Used += bytes + options.WaitingOverheadBytes;

    public void Discharge(int bytes) => Used -= bytes + options.WaitingOverheadBytes;

    /// <summary>More bytes for something that is charged already.</summary>
    public void ChargeMore(int bytes) => Used += bytes;

    public static byte[] Copy(ReadOnlySpan<byte> payload)
    {
        var copy = ArrayPool<byte>.Shared.Rent(payload.Length);
        payload.CopyTo(copy);
        return copy;
    }

    /// <summary>An array of at least this length with the first bytes of another, which goes back.</summary>
    public static byte[] Enlarge(byte[] pooled, int kept, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(length);
        pooled.AsSpan(0, kept).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(pooled);
        return larger;
    }

    /// <summary>Gives an array up and takes its charge off.</summary>
    public void Drop(byte[] pooled, int length)
    {
        Discharge(length);
        ArrayPool<byte>.Shared.Return(pooled);
    }
}
