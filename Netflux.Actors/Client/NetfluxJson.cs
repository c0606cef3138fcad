using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>Typed payloads: values as JSON (UTF-8), by source-generated <see cref="JsonTypeInfo{T}"/>.</summary>
public static class NetfluxJson
{
    /// <summary>Sends a value to one member.</summary>
    public static ValueTask SendAsync<T>(this NetfluxNetwork network, PeerId to, T value, JsonTypeInfo<T> type, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.SendAsync(to, JsonSerializer.SerializeToUtf8Bytes(value, type), cancellation);
    }

    /// <summary>Sends a value to one member.</summary>
    public static ValueTask SendAsync<T>(this NetfluxNetwork network, Peer to, T value, JsonTypeInfo<T> type, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.SendAsync(to, JsonSerializer.SerializeToUtf8Bytes(value, type), cancellation);
    }

    /// <summary>Sends a value to all members.</summary>
    public static ValueTask BroadcastAsync<T>(this NetfluxNetwork network, T value, JsonTypeInfo<T> type, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.BroadcastAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), cancellation);
    }

    /// <summary>Sends a value to a peer outside any network.</summary>
    public static ValueTask SendAsync<T>(this NetfluxPeer peer, T value, JsonTypeInfo<T> type, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return peer.SendAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), cancellation);
    }

    /// <summary>Reads a value from a message; false where its bytes are not the JSON of one. What a peer sends is never trusted to be.</summary>
    public static bool TryRead<T>(this MessageReceived message, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value)
    {
        ArgumentNullException.ThrowIfNull(message);
        return TryRead(message.Payload.Span, type, out value);
    }

    /// <summary>Reads a value from a message; false where its bytes are not the JSON of one.</summary>
    public static bool TryRead<T>(this PeerMessageReceived message, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value)
    {
        ArgumentNullException.ThrowIfNull(message);
        return TryRead(message.Payload.Span, type, out value);
    }

    private static bool TryRead<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value)
    {
        ArgumentNullException.ThrowIfNull(type);
        try
        {
            value = JsonSerializer.Deserialize(json, type);
            return value is not null;
        }
        catch (JsonException)
        {
            value = default;
            return false;
        }
    }
}
