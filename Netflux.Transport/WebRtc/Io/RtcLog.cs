using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>What WebRTC connections log: event ids 2100 to 2199. Addresses and states, never what messages say, nor keys.</summary>
internal static partial class RtcLog
{
    [LoggerMessage(2100, LogLevel.Warning, "The system caps the receive buffer of UDP sockets: {Wanted} bytes were asked for and {Granted} granted. Bursts will be lost and sent again; on Linux raise it with: sysctl -w net.core.rmem_max={Wanted} net.core.wmem_max={Wanted}")]
    public static partial void BuffersCapped(ILogger logger, int wanted, int granted);

    [LoggerMessage(2101, LogLevel.Information, "UDP port {Port}: the device refuses segmentation offload, so each packet is sent by itself from now on")]
    public static partial void SegmentationRefused(ILogger logger, int port);

    [LoggerMessage(2102, LogLevel.Trace, "UDP port {Port}: a datagram was not sent: {Error}")]
    public static partial void SendFailed(ILogger logger, int port, SocketError error);

    [LoggerMessage(2103, LogLevel.Trace, "UDP port {Port}: receiving failed: {Error}")]
    public static partial void ReceiveFailed(ILogger logger, int port, SocketError error);

    [LoggerMessage(2104, LogLevel.Warning, "No further UDP socket could be opened for a connection: {Error}")]
    public static partial void NoFurtherSocket(ILogger logger, SocketError error);

    [LoggerMessage(2110, LogLevel.Error, "A WebRTC connection met an unexpected exception and was ended")]
    public static partial void ConnectionFaulted(ILogger logger, Exception exception);

    [LoggerMessage(2111, LogLevel.Error, "The owner of a WebRTC connection threw out of its listener; the connection was closed")]
    public static partial void ListenerFaulted(ILogger logger, Exception exception);
}
