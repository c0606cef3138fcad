using System.Net;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>The sockets under all connections of a port, and their limits. Every number says where it comes from.</summary>
internal sealed record RtcPortOptions
{
    /// <summary>The UDP port; 0 lets the system choose.</summary>
    public int Port { get; init; }

    /// <summary>The addresses that become host candidates; empty takes those of the machine's interfaces.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Whether loopback addresses are candidates. Null takes them only where there are no others.</summary>
    public bool? Loopback { get; init; }

    /// <summary>Whether Linux's segmentation offload (UDP_SEGMENT, UDP_GRO) is used where it is there.</summary>
    public bool Offload { get; init; } = true;

    /// <summary>
    /// What is asked of the system for each socket's two buffers; 0 leaves the system's default. Source: measured on two cores: with 4 MiB a burst of a whole window
    /// of 3 MiB fits while the receiving thread is not scheduled.
    /// </summary>
    public int SocketBufferBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Sockets beside the first one; they are opened only for further connections between the same two ports (DESIGN §9). Source: the file descriptors of a
    /// process, of which many systems allow 1,024 at first.
    /// </summary>
    public int FurtherSocketsMax { get; init; } = 1024;

    /// <summary>Connections at once; opening another one fails. Source: arithmetic, about 100 KiB each make 400 MiB.</summary>
    public int ConnectionsMax { get; init; } = 4096;
}
