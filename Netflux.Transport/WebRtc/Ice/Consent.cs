using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>
/// Whether the other side still wants what is sent (RFC 7675 §5.1): a check each 5 s, randomised by 0.8 to 1.2, and an end without an answer for 30 s. An unanswered check is followed
/// by others sooner, so that silence is told from one lost packet within seconds.
/// </summary>
internal sealed class Consent(IceOptions options, IRandomSource random, Instant answeredAt)
{
    private Instant _nextCheckAt = answeredAt + random.Jitter(options.ConsentInterval, options.ConsentSpread);

    public Instant AnsweredAt { get; private set; } = answeredAt;

    /// <summary>When the first check was sent that nothing has answered yet.</summary>
    public Instant? UnansweredSince { get; private set; }

    /// <summary>Checks follow one another so closely while nothing answers, that silence and disconnection are seen with them.</summary>
    public Instant NextDeadline => Instant.Earlier(_nextCheckAt, AnsweredAt + options.ConsentExpiry)!.Value;

    public bool IsCheckDue(Instant now) => now >= _nextCheckAt;

    /// <summary>One check and its repetition have gone unanswered.</summary>
    public bool IsSilent(Instant now) => UnansweredSince is { } since && now >= since + options.ConsentRepeat;

    public bool IsDisconnected(Instant now) => UnansweredSince is { } since && now >= since + options.DisconnectedAfter;

    public bool IsExpired(Instant now) => now >= AnsweredAt + options.ConsentExpiry;

    /// <summary>There is reason to doubt: the next check goes soon, and no more often than an unanswered one is repeated.</summary>
    public void Doubt()
    {
        if (UnansweredSince is null) _nextCheckAt = Instant.Earlier(_nextCheckAt, AnsweredAt + options.ConsentRepeat)!.Value;
    }

    public void HandleSent(Instant now)
    {
        UnansweredSince ??= now;
        _nextCheckAt = now + options.ConsentRepeat;
    }

    public void HandleAnswered(Instant now)
    {
        AnsweredAt = now;
        UnansweredSince = null;
        _nextCheckAt = now + random.Jitter(options.ConsentInterval, options.ConsentSpread);
    }
}
