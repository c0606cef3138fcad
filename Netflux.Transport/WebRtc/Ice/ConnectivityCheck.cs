using Netflux.Core;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Why a check was sent.</summary>
internal enum CheckKind
{
    /// <summary>In its turn (RFC 8445 §6.1.4.2).</summary>
    Ordinary,

    /// <summary>Because the other side checked the pair (RFC 8445 §7.3.1.4).</summary>
    Triggered,

    /// <summary>To nominate the pair (RFC 8445 §8.1.1).</summary>
    Nominating,

    /// <summary>To ask whether data is still welcome (RFC 7675 §5.1). It is not repeated; the next one follows.</summary>
    Consent,
}

/// <summary>A check under way.</summary>
internal sealed class ConnectivityCheck(StunTransaction transaction, IceSession session, CandidatePair pair, IceRole role, CheckKind kind)
{
    public StunTransaction Transaction => transaction;

    public IceSession Session => session;

    public CandidatePair Pair => pair;

    /// <summary>Ours when it was sent.</summary>
    public IceRole Role => role;

    public CheckKind Kind => kind;

    /// <summary>Set where the request is not sent again: an answer is waited for until then.</summary>
    public Instant? GiveUpAt { get; private set; }

    public Instant NextDeadline => GiveUpAt ?? transaction.NextDeadline;

    /// <summary>RFC 8445 §7.3.1.4: a cancelled check is not sent again, its answer still counts.</summary>
    public void StopRepeating(Instant giveUpAt) => GiveUpAt ??= giveUpAt;

    public StunTransactionStep HandleDeadline(Instant now) =>
        GiveUpAt is { } at ? (now >= at ? StunTransactionStep.TimedOut : StunTransactionStep.None) : transaction.HandleDeadline(now);
}
