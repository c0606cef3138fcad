using Netflux.Identity;

namespace Netflux.Sessions;

/// <summary>A channel through which messages flow both ways. Channel 0 belongs to no network.</summary>
/// <param name="network">Null for channel 0.</param>
/// <param name="remoteNumber">The other side's number, in the headers of what it sends.</param>
/// <param name="send">Holds our number.</param>
/// <param name="receive">What came.</param>
internal sealed class OpenChannel(NetworkId? network, ushort remoteNumber, SendChannel send, ReceiveChannel receive)
{
    public NetworkId? Network => network;
    public ushort RemoteNumber => remoteNumber;
    public SendChannel Send => send;
    public ReceiveChannel Receive => receive;

    /// <summary>What still refers to a closed channel lets go of it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Forgets what waits to be sent. Returns what was held of the reassembly budget.</summary>
    public long Close()
    {
        IsClosed = true;
        send.Drop();
        return receive.Reserved;
    }
}
