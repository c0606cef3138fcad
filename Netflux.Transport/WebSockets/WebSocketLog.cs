using Microsoft.Extensions.Logging;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>What WebSocket links log: event ids 2000 to 2099. Addresses and codes, never what messages say.</summary>
internal static partial class WebSocketLog
{
    [LoggerMessage(2000, LogLevel.Debug, "WebSocket link opened as {Role} with {RemoteAddress}, authority {Authority}")]
    public static partial void LinkOpened(ILogger logger, LinkRole role, string remoteAddress, string authority);

    [LoggerMessage(2001, LogLevel.Debug, "WebSocket link as {Role} with {RemoteAddress} closed: {Code}, {Text}")]
    public static partial void LinkClosed(ILogger logger, LinkRole role, string remoteAddress, CloseCode code, string text);

    [LoggerMessage(2002, LogLevel.Information, "Refused a message on the WebSocket link as {Role} with {RemoteAddress}: {Code}, {Text}")]
    public static partial void MessageRefused(ILogger logger, LinkRole role, string remoteAddress, CloseCode code, string text);

    [LoggerMessage(2003, LogLevel.Error, "The WebSocket link as {Role} with {RemoteAddress} met an unexpected exception and was cut")]
    public static partial void LinkFaulted(ILogger logger, Exception exception, LinkRole role, string remoteAddress);

    [LoggerMessage(2010, LogLevel.Debug, "Dialled {Address}")]
    public static partial void Dialled(ILogger logger, Uri address);

    [LoggerMessage(2011, LogLevel.Debug, "Dial of {Address} failed: {Failure}, {Why}")]
    public static partial void DialFailed(ILogger logger, Uri address, DialFailure failure, string why);

    [LoggerMessage(2012, LogLevel.Warning, "Dial of {Address} met an unexpected exception")]
    public static partial void DialFaulted(ILogger logger, Exception exception, Uri address);

    [LoggerMessage(2020, LogLevel.Information, "Peers can dial {Advertised}")]
    public static partial void Listening(ILogger logger, string advertised);

    [LoggerMessage(2021, LogLevel.Error, "Not listening: {Why}")]
    public static partial void ListeningFailed(ILogger logger, string why);

    [LoggerMessage(2022, LogLevel.Warning, "Refused a link from {RemoteAddress}: {Why}")]
    public static partial void LinkRefused(ILogger logger, string remoteAddress, string why);
}
