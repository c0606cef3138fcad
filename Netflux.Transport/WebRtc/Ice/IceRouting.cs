using System.Buffers.Binary;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>To whom a STUN message belongs, where many agents share one port: a request by the fragment of ours in its USERNAME, a response by its transaction. Nothing is allocated.</summary>
internal static class IceRouting
{
    /// <summary>The fragment of the agent that is asked: USERNAME is "asked:asking" (RFC 8445 §7.2.2).</summary>
    public static bool TryReadRequest(ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> ufrag)
    {
        ufrag = default;
        return StunMessage.TryParse(datagram, out var message) && message is { Class: StunClass.Request, Method: StunMethod.Binding } && TryReadUfrag(message, out ufrag);
    }

    public static bool TryReadUfrag(scoped in StunMessage request, out ReadOnlySpan<byte> ufrag)
    {
        ufrag = default;
        if (!request.TryGet(StunAttributeType.Username, out var username)) return false;
        var colon = username.IndexOf((byte)':');
        if (colon < 0) return false;
        ufrag = username[..colon];
        return true;
    }

    public static bool TryReadResponse(ReadOnlySpan<byte> datagram, out StunTransactionId id)
    {
        id = default;
        if (!StunMessage.IsStun(datagram)) return false;
        if (StunMessageType.Decode(BinaryPrimitives.ReadUInt16BigEndian(datagram)).Class is not (StunClass.SuccessResponse or StunClass.ErrorResponse)) return false;
        id = StunTransactionId.Read(datagram[8..]);
        return true;
    }
}
