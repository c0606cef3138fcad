using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>To whom a request belongs, where many agents share one port: it names the fragment of ours in its USERNAME. Nothing is allocated.</summary>
internal static class IceRouting
{
    /// <summary>The fragment of the agent that is asked: USERNAME is "asked:asking" (RFC 8445 §7.2.2).</summary>
    public static bool TryReadUfrag(scoped in StunMessage request, out ReadOnlySpan<byte> ufrag)
    {
        ufrag = default;
        if (!request.TryGet(StunAttributeType.Username, out var username)) return false;
        var colon = username.IndexOf((byte)':');
        if (colon < 0) return false;
        ufrag = username[..colon];
        return true;
    }
}
