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

/// <summary>A check under way. What it says is kept rather than its bytes, which are written into the datagram when it leaves, the same ones each time.</summary>
internal sealed class ConnectivityCheck
{
    private StunSchedule _schedule;

    public ConnectivityCheck(IceSession session, CandidatePair pair, CheckKind kind, in IceRequest request, StunOptions times, Instant now) => Begin(session, pair, kind, request, times, now);

    public IceSession Session { get; private set; } = null!;

    public CandidatePair Pair { get; private set; } = null!;

    public CheckKind Kind { get; private set; }

    public IceRequest Request { get; private set; }

    public StunTransactionId Id => Request.Id;

    /// <summary>Ours when it was sent.</summary>
    public IceRole Role => Request.Role;

    public Instant StartedAt => _schedule.StartedAt;

    /// <summary>How often the request was sent.</summary>
    public int Sent => _schedule.Sent;

    /// <summary>Set where the request is not sent again: an answer is waited for until then.</summary>
    public Instant? GiveUpAt { get; private set; }

    public Instant NextDeadline => GiveUpAt ?? _schedule.NextDeadline;

    /// <summary>Makes another check of one that is over.</summary>
    public void Begin(IceSession session, CandidatePair pair, CheckKind kind, in IceRequest request, StunOptions times, Instant now)
    {
        (Session, Pair, Kind, Request, GiveUpAt) = (session, pair, kind, request, null);
        _schedule = new(times, now);
    }

    /// <summary>RFC 8445 §7.3.1.4: a cancelled check is not sent again, its answer still counts.</summary>
    public void StopRepeating(Instant giveUpAt) => GiveUpAt ??= giveUpAt;

    public StunTransactionStep HandleDeadline(Instant now) =>
        GiveUpAt is { } at ? (now >= at ? StunTransactionStep.TimedOut : StunTransactionStep.None) : _schedule.HandleDeadline(now);
}
