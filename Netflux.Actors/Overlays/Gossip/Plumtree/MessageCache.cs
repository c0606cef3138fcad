using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>A broadcast that others may still ask for.</summary>
/// <param name="Floor">The first of its author's messages that was recent when it was sent.</param>
/// <param name="Round">Its hops up to here.</param>
/// <param name="From">The neighbour that gave it; null for our own.</param>
internal sealed record CachedMessage(MessageId Id, ulong Floor, int Round, PeerId? From, ReadOnlyMemory<byte> Payload, Instant At);

/// <summary>The latest broadcasts, bounded by time, number and bytes.</summary>
internal sealed class MessageCache(PlumtreeOptions options)
{
    private readonly Dictionary<MessageId, CachedMessage> _byId = [];
    private readonly Ring<CachedMessage> _byAge = new();
    private long _bytes;

    public int Count => _byAge.Count;

    public bool TryGet(MessageId id, [NotNullWhen(true)] out CachedMessage? message) => _byId.TryGetValue(id, out message);

    public void Add(CachedMessage message)
    {
        if (!_byId.TryAdd(message.Id, message)) return;
        _byAge.Enqueue(message);
        _bytes += message.Payload.Length;
    }

    /// <summary>Forgets one message that is too old or too many; false where none is.</summary>
    public bool TryEvict(Instant now, out MessageId evicted)
    {
        evicted = default;
        if (_byAge.Count == 0 || (_byAge.Count <= options.CacheMessagesMax && _bytes <= options.CacheBytesMax && now - _byAge[0].At < options.CacheTime)) return false;
        var message = _byAge.Dequeue();
        _byId.Remove(message.Id);
        _bytes -= message.Payload.Length;
        if (_byAge.Count == 0)
        {
            _byAge.Clear();
            _byId.TrimExcess();
        }
        evicted = message.Id;
        return true;
    }
}
