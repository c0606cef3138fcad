using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>The messages that an agent sends.</summary>
internal static class IceMessages
{
    /// <summary>Header, PRIORITY, role, USE-CANDIDATE, MESSAGE-INTEGRITY and FINGERPRINT, and the header of USERNAME.</summary>
    private const int RequestWithoutUsername = StunMessage.HeaderLength + 8 + 12 + 4 + 24 + 8 + 4;

    /// <summary>Header, XOR-MAPPED-ADDRESS of IPv6, MESSAGE-INTEGRITY and FINGERPRINT.</summary>
    private const int SuccessMax = StunMessage.HeaderLength + 24 + 24 + 8;

    /// <summary>Header, ERROR-CODE with a reason of at most 24 bytes, UNKNOWN-ATTRIBUTES with <see cref="UnknownMax"/> of them, MESSAGE-INTEGRITY and FINGERPRINT.</summary>
    private const int ErrorMax = StunMessage.HeaderLength + 32 + 4 + 2 * UnknownMax + 24 + 8;

    /// <summary>So many attributes that are not understood are named. Guess: one would do for who looks for the reason.</summary>
    public const int UnknownMax = 4;

    /// <summary>A check (RFC 8445 §7.2.2): the username is theirs, then ours, and the key theirs.</summary>
    public static byte[] Request(StunTransactionId id, IceSession session, CandidatePair pair, IceRole role, ulong tieBreaker, bool useCandidate)
    {
        var remote = session.Remote ?? throw new InvalidOperationException("Without the other side's credentials nothing can be checked.");
        var username = $"{remote.Ufrag}:{session.Local.Ufrag}";
        var buffer = new byte[RequestWithoutUsername + username.Length + 3];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, id);
        writer.Write(StunAttributeType.Username, username);
        writer.Write(StunAttributeType.Priority, pair.Local.PeerReflexivePriority);
        writer.Write(role == IceRole.Controlling ? StunAttributeType.IceControlling : StunAttributeType.IceControlled, tieBreaker);
        if (useCandidate) writer.WriteFlag(StunAttributeType.UseCandidate);
        writer.WriteIntegrity(remote.Key.Span);
        writer.WriteFingerprint();
        return Cut(buffer, writer.Length);
    }

    public static byte[] Success(in StunMessage request, in TransportAddress from, ReadOnlySpan<byte> key)
    {
        var buffer = new byte[SuccessMax];
        var writer = new StunWriter(buffer, StunClass.SuccessResponse, StunMethod.Binding, request.Id);
        writer.WriteXorAddress(StunAttributeType.XorMappedAddress, from);
        writer.WriteIntegrity(key);
        writer.WriteFingerprint();
        return Cut(buffer, writer.Length);
    }

    /// <param name="key">Empty where the request was not authenticated: then nor is the refusal (RFC 8489 §9.1.3).</param>
    public static byte[] Error(in StunMessage request, StunErrorCode code, string reason, ReadOnlySpan<byte> key, ReadOnlySpan<StunAttributeType> unknown = default)
    {
        var buffer = new byte[ErrorMax];
        var writer = new StunWriter(buffer, StunClass.ErrorResponse, StunMethod.Binding, request.Id);
        writer.WriteError(code, reason);
        if (!unknown.IsEmpty) writer.WriteUnknown(unknown);
        if (!key.IsEmpty) writer.WriteIntegrity(key);
        writer.WriteFingerprint();
        return Cut(buffer, writer.Length);
    }

    private static byte[] Cut(byte[] buffer, int length)
    {
        if (buffer.Length != length) Array.Resize(ref buffer, length);
        return buffer;
    }
}
