using System.Buffers;
using Netflux.Links;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>What goes to one client, by its own actor and by the rooms at once. A client that does not read is cut off.</summary>
internal sealed class ClientOutbox(IRawLink link, SignalingServerOptions options, SignalingTraffic traffic)
{
    private long _unwritten;

    public void Send(byte[] message)
    {
        if (Interlocked.Add(ref _unwritten, message.Length) > options.OutgoingBytesMax)
        {
            link.Close(CloseCode.NotReading, "The client does not read.", abrupt: true);
            return;
        }
        traffic.Sent(message.Length);
        var pooled = ArrayPool<byte>.Shared.Rent(message.Length);
        message.CopyTo(pooled, 0);
        link.Send(pooled, message.Length);
    }

    public void HandleWritten(int bytes) => Interlocked.Add(ref _unwritten, -bytes);
}
