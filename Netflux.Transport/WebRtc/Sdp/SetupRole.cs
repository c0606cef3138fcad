using System.Diagnostics.CodeAnalysis;

namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>Who begins the DTLS handshake (RFC 4145 §4, RFC 8842 §5): the active side is the client.</summary>
internal enum SetupRole
{
    /// <summary>Either; the answerer chooses.</summary>
    ActPass,
    Active,
    Passive,
}

internal static class SetupRoles
{
    /// <summary>
    /// What is answered to an offer. RFC 8842 §5.3: to actpass an answerer SHOULD say active, so that its ClientHello need not wait for the answer to travel; otherwise the one role that is left.
    /// </summary>
    public static SetupRole AnswerTo(SetupRole offered) => offered == SetupRole.Active ? SetupRole.Passive : SetupRole.Active;

    /// <summary>Who is the client by offer and answer. False where both want the same role, or the answer leaves it open (RFC 8842 §5.3).</summary>
    public static bool TryNegotiate(SetupRole offered, SetupRole answered, out bool offererIsClient)
    {
        offererIsClient = answered == SetupRole.Passive;
        return answered != SetupRole.ActPass && offered != answered;
    }

    public static string ToText(this SetupRole role) => role switch
    {
        SetupRole.ActPass => "actpass",
        SetupRole.Active => "active",
        SetupRole.Passive => "passive",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, null),
    };

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out SetupRole? role)
    {
        // holdconn (RFC 4145 §4) is no role: RFC 8842 §5.1 forbids it.
        role = text switch
        {
            "actpass" => SetupRole.ActPass,
            "active" => SetupRole.Active,
            "passive" => SetupRole.Passive,
            _ => null,
        };
        return role is not null;
    }
}
