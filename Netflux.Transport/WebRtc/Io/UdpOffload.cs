using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// Linux's segmentation offload for UDP, through raw socket options. Sending: the kernel cuts one large buffer into datagrams (UDP_SEGMENT, since 4.18).
/// Receiving: it joins datagrams of one sender to one buffer (UDP_GRO, since 5.0); the size of each, which it tells in a control message that .NET does not show,
/// is found from the bytes (<see cref="PeerConnections.DatagramSplitter"/>).
/// </summary>
internal static class UdpOffload
{
    private const int SolUdp = 17, UdpSegment = 103, UdpGro = 104;

    /// <summary>What the kernel takes in one call: UDP_MAX_SEGMENTS, 64 before Linux 6.9.</summary>
    public const int SegmentsMax = 64;

    /// <summary>The largest UDP payload over IPv4: 65,535 less 20 for IP and 8 for UDP (RFC 791 §3.1, RFC 768).</summary>
    public const int BytesMax = 65_507;

    public static bool TryReceiveJoined(Socket socket) => TrySet(socket, UdpGro, 1);

    /// <summary>From now on a larger buffer leaves as datagrams of this size and a smaller last one; 0 is one datagram again.</summary>
    public static bool TrySetSegment(Socket socket, int bytes) => TrySet(socket, UdpSegment, bytes);

    private static bool TrySet(Socket socket, int option, int value)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            socket.SetRawSocketOption(SolUdp, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
