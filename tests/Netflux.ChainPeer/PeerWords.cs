using System.Text.Json;
using System.Text.Json.Serialization;

namespace Netflux.ChainPeer;

/// <summary>
/// One line on standard input. <c>join</c> starts the peer and joins or creates <c>network</c>; <c>send</c> offers <c>count</c> chained messages of <c>bytes</c> bytes
/// to the peer <c>to</c>, in the background; <c>expect</c> reports <c>arrived</c> once <c>count</c> messages of <c>from</c> have come in all; <c>pause</c> and
/// <c>resume</c> the consuming; <c>stats</c>; <c>leave</c>. The end of the input goes offline.
/// </summary>
public sealed record PeerCommand(string Command)
{
    public string? Server { get; init; }
    public string? Network { get; init; }
    public string? Topology { get; init; }
    public string? Listen { get; init; }
    public string? Advertise { get; init; }
    /// <summary>Links over WebSocket only.</summary>
    public bool WebSocketOnly { get; init; }
    public string Name { get; init; } = "";
    public string? To { get; init; }
    public string? From { get; init; }
    public long Count { get; init; }
    public int Bytes { get; init; }
}

/// <summary>
/// One line on standard output: <c>joined</c>, <c>sending</c>, <c>sent</c>, <c>arrived</c>, <c>paused</c>, <c>resumed</c>, <c>stats</c>, <c>left</c>; the network's
/// <c>peerJoining</c>, <c>peerLeaving</c>, <c>peerSuspected</c>, <c>peerRecovered</c>, <c>undelivered</c>; and <c>broken</c> where a chain, or this program, is.
/// </summary>
public sealed record PeerEvent(string Event)
{
    public string? Peer { get; init; }
    public string? Reason { get; init; }
    public string? Text { get; init; }
    /// <summary>Messages: accepted by this process, or received by it.</summary>
    public long Sent { get; init; }
    public long Received { get; init; }
    public long ReceivedBytes { get; init; }
    /// <summary>After a full collection.</summary>
    public long HeapBytes { get; init; }
    public long WorkingSetBytes { get; init; }
    public int Handles { get; init; }
    /// <summary>Entries of the log at the level of an error, the first of them as text.</summary>
    public int LogErrors { get; init; }
    public string? LogError { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(PeerCommand))]
[JsonSerializable(typeof(PeerEvent))]
internal sealed partial class PeerJson : JsonSerializerContext;
