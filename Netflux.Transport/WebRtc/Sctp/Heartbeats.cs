using System.Buffers.Binary;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>HEARTBEAT on an idle path (RFC 9260 §8.3): it measures the round trip and shows that the other is there.</summary>
internal sealed class Heartbeats(SctpOptions options, IRandomSource random, Instant now)
{
    private const int InfoLength = 8;

    private ulong _nonce;
    private Instant _sentAt;
    private bool _unanswered;
    private bool _due;

    public Instant NextDeadline { get; private set; } = now + options.HeartbeatInterval;

    /// <summary>Data is on its way, which tells the same.</summary>
    public void HandleTraffic(Instant now) => NextDeadline = now + options.HeartbeatInterval;

    /// <summary>True where the last one was not answered.</summary>
    public bool HandleDeadline(Instant now)
    {
        if (NextDeadline > now) return false;
        NextDeadline = now + random.Jitter(options.HeartbeatInterval, 0.1);
        _due = true;
        return _unanswered;
    }

    public int Write(Span<byte> room, Instant now)
    {
        const int length = Chunk.HeaderLength + Parameter.HeaderLength + InfoLength;
        if (!_due || room.Length < length) return 0;
        _due = false;
        _unanswered = true;
        (_nonce, _sentAt) = (random.NextUInt64(), now);
        Span<byte> info = stackalloc byte[InfoLength];
        BinaryPrimitives.WriteUInt64BigEndian(info, _nonce);
        Chunk.WriteHeader(room, ChunkType.Heartbeat, 0, length);
        Parameter.Write(room[Chunk.HeaderLength..], ParameterType.HeartbeatInfo, info);
        return length;
    }

    /// <summary>
    /// The round trip, where this answers the last heartbeat: its nonce cannot be guessed (§8.3). The time stays here: what the other sends back in its place could be any number.
    /// </summary>
    public bool TryMeasure(in Chunk acknowledgement, Instant now, out TimeSpan roundTrip)
    {
        roundTrip = default;
        var reader = new ParameterReader(acknowledgement.Value);
        if (!_unanswered || !reader.TryRead(out var parameter) || parameter.Value.Length != InfoLength || BinaryPrimitives.ReadUInt64BigEndian(parameter.Value) != _nonce) return false;
        _unanswered = false;
        roundTrip = now - _sentAt;
        return true;
    }
}
