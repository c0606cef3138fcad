using Microsoft.Extensions.Logging;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>What signaling logs: who and why, never payloads, keys of meeting points or secrets. The facts and instructions of its cores are logged by the driver.</summary>
internal static partial class SignalingLog
{
    // The client.

    [LoggerMessage(EventId = 3100, Level = LogLevel.Information, Message = "{Text}")]
    public static partial void ConnectionUp(ILogger log, string text);

    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "{Text}")]
    public static partial void ConnectionDown(ILogger log, string text);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Warning, Message = "The signaling server at {Server} keeps another network under the name {Name}; {Network} goes on under its id. {Why}")]
    public static partial void DoorConflict(ILogger log, Uri server, string name, NetworkId network, string why);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning, Message = "The signaling server at {Server} did not register {Network} again ({Error}): {Why}")]
    public static partial void DoorRefused(ILogger log, Uri server, NetworkId network, NetfluxError error, string why);

    [LoggerMessage(EventId = 3104, Level = LogLevel.Information, Message = "The signaling server at {Server} stops and names {Elsewhere}, which is dialled next.")]
    public static partial void GoElsewhere(ILogger log, Uri server, string elsewhere);

    [LoggerMessage(EventId = 3105, Level = LogLevel.Warning, Message = "What waits at the signaling server at {Server} for members of {Network} could not be asked for ({Error}): {Why}")]
    public static partial void NotCollected(ILogger log, Uri server, NetworkId network, NetfluxError error, string why);

    // The server.

    [LoggerMessage(EventId = 3110, Level = LogLevel.Information, Message = "Signaling: peer {Peer} ({Name}) connected from {Address}.")]
    public static partial void PeerConnected(ILogger log, PeerId peer, string name, string address);

    [LoggerMessage(EventId = 3111, Level = LogLevel.Information, Message = "Signaling: the connection of {Peer} from {Address} ended ({Code}): {Text}")]
    public static partial void ConnectionEnded(ILogger log, PeerId? peer, string address, CloseCode code, string text);

    [LoggerMessage(EventId = 3112, Level = LogLevel.Warning, Message = "Signaling: ends the connection of {Peer} from {Address} ({Code}): {Text}")]
    public static partial void EndsConnection(ILogger log, PeerId? peer, string address, CloseCode code, string text);
}
