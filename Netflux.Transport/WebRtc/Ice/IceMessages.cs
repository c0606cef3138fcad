using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>What a check says beside who sends it (RFC 8445 §7.1).</summary>
/// <param name="Priority">Of the candidate that the other side finds by it, should it know none there.</param>
internal readonly record struct IceRequest(StunTransactionId Id, uint Priority, IceRole Role, ulong TieBreaker, bool UseCandidate);

/// <summary>The messages that an agent sends.</summary>
internal static class IceMessages
{
    /// <summary>Header, ERROR-CODE with a reason of at most 24 bytes, UNKNOWN-ATTRIBUTES with <see cref="UnknownMax"/> of them, MESSAGE-INTEGRITY and FINGERPRINT.</summary>
    private const int ErrorMax = StunMessage.HeaderLength + 32 + 4 + 2 * UnknownMax + 24 + 8;

    /// <summary>So many attributes that are not understood are named. Guess: one would do for who looks for the reason.</summary>
    public const int UnknownMax = 4;

    /// <summary>A check (RFC 8445 §7.2.2): the username is theirs, then ours, and the key theirs. Returns its length.</summary>
    /// <param name="room">At least 700 bytes: both fragments may have 256.</param>
    public static int WriteRequest(Span<byte> room, in IceRequest request, IceSession session)
    {
        var remote = session.Remote ?? throw new InvalidOperationException("Without the other side's credentials nothing can be checked.");
        var writer = new StunWriter(room, StunClass.Request, StunMethod.Binding, request.Id);
        writer.Write(StunAttributeType.Username, session.UsernameAsked);
        writer.Write(StunAttributeType.Priority, request.Priority);
        writer.Write(request.Role == IceRole.Controlling ? StunAttributeType.IceControlling : StunAttributeType.IceControlled, request.TieBreaker);
        if (request.UseCandidate) writer.WriteFlag(StunAttributeType.UseCandidate);
        writer.WriteIntegrity(remote.Key.Span);
        writer.WriteFingerprint();
        return writer.Length;
    }

    /// <summary>The answer to a check (RFC 8445 §7.3.1.2), as long as 76 bytes.</summary>
    /// <param name="from">Where the request came from.</param>
    public static int WriteSuccess(Span<byte> room, StunTransactionId id, in TransportAddress from, ReadOnlySpan<byte> key)
    {
        var writer = new StunWriter(room, StunClass.SuccessResponse, StunMethod.Binding, id);
        writer.WriteXorAddress(StunAttributeType.XorMappedAddress, from);
        writer.WriteIntegrity(key);
        writer.WriteFingerprint();
        return writer.Length;
    }

    /// <param name="key">Empty where the request was not authenticated: then nor is the refusal (RFC 8489 §9.1.3).</param>
    public static byte[] Error(in StunMessage request, StunErrorCode code, string reason, ReadOnlySpan<byte> key, ReadOnlySpan<StunAttributeType> unknown = default)
    {
        Span<byte> buffer = stackalloc byte[ErrorMax];
        var writer = new StunWriter(buffer, StunClass.ErrorResponse, StunMethod.Binding, request.Id);
        writer.WriteError(code, reason);
        if (!unknown.IsEmpty) writer.WriteUnknown(unknown);
        if (!key.IsEmpty) writer.WriteIntegrity(key);
        writer.WriteFingerprint();
        return writer.Written.ToArray();
    }
}
