using System.Buffers.Binary;
using Netflux.Core;
using Netflux.Overlays.Gossip.Roster;
using Netflux.Wire;

namespace Netflux.Overlays.Gossip.Directed;

/// <summary>What goes to one run of a member: numbered, kept until it is acknowledged, sent again.</summary>
internal sealed class PairSender(DirectedOptions options, PairSeal seal, Instant now)
{
    private readonly Ring<byte[]> _unacknowledged = new();
    private ulong _lastNumber;
    private TimeSpan _retryAfter = options.RetryMin;
    private Instant? _retryAt;
    private Instant _progressAt = now;

    public PairSeal Seal => seal;

    public Instant UsedAt { get; private set; } = now;

    public bool IsIdle => _unacknowledged.Count == 0;

    public Instant? NextDeadline => IsIdle ? null : Instant.Earlier(_retryAt, GivesUpAt);

    /// <summary>Nothing was acknowledged for too long.</summary>
    public bool HasFailed(Instant now) => !IsIdle && GivesUpAt <= now;

    private Instant GivesUpAt => _progressAt + options.Patience + TimeSpan.FromSeconds(_unacknowledged[0].Length >> 20);

    /// <summary>The frame of the next message.</summary>
    public byte[] Write(BroadcastPlace after, FrameFlags flags, ReadOnlySpan<byte> payload, byte hops, Instant now)
    {
        Span<byte> order = stackalloc byte[PairReceiver.OrderBytes];
        BinaryPrimitives.WriteUInt64BigEndian(order, after.Run.Value);
        BinaryPrimitives.WriteUInt64BigEndian(order[8..], after.Sequence);
        order[16] = (byte)flags;
        var frame = seal.Seal(RoutedKind.Data, hops, ++_lastNumber, order, payload);
        if (IsIdle) _progressAt = now;
        _unacknowledged.Enqueue(frame);
        _retryAt ??= now + _retryAfter;
        UsedAt = now;
        return frame;
    }

    /// <summary>All up to this number came.</summary>
    public void HandleAcknowledged(ulong upTo, Instant now)
    {
        var first = _lastNumber - (ulong)_unacknowledged.Count + 1;
        if (upTo < first || upTo > _lastNumber) return;
        for (; first <= upTo; first++) _unacknowledged.Dequeue();
        (_progressAt, UsedAt, _retryAfter) = (now, now, options.RetryMin);
        _retryAt = IsIdle ? null : now + _retryAfter;
    }

    /// <summary>What is to be sent again now.</summary>
    public IReadOnlyList<byte[]> TakeDue(Instant now)
    {
        if (_retryAt is not { } due || due > now) return [];
        _retryAfter = _retryAfter * 2 < options.RetryMax ? _retryAfter * 2 : options.RetryMax;
        _retryAt = now + _retryAfter;
        return [.. Enumerable.Range(0, _unacknowledged.Count).Select(place => _unacknowledged[place])];
    }
}
