using Netflux.Core;

namespace Netflux.Sessions;

/// <summary>
/// The numbered frames of the other side: each taken once, in order, whichever link brings it. Acknowledged with what is written anyway,
/// or after some frames, some bytes, or a short delay.
/// </summary>
internal sealed class ReceiveStream(SessionOptions options)
{
    private int _framesPending;
    private int _bytesPending;
    private Instant? _ackAt;

    /// <summary>Every frame up to this one was taken.</summary>
    public ulong ReceivedUpTo { get; private set; }

    /// <summary>Something was taken that is not acknowledged yet.</summary>
    public bool AckIsPending => _framesPending > 0;

    /// <summary>The acknowledgement waits no longer for something to travel with.</summary>
    public bool AckIsDue { get; private set; }

    public Instant? NextDeadline => AckIsDue ? null : _ackAt;

    /// <summary>Whether the frame is the next one; one that came before (on a link that is gone) is skipped. A link loses nothing, so a gap is a violation.</summary>
    public Violation? OnFrame(ulong sequence, int size, Instant now, out bool isNew)
    {
        isNew = sequence == ReceivedUpTo + 1;
        if (sequence > ReceivedUpTo + 1) return Violation.Of("A gap in the sequence numbers.");
        if (sequence == 0) return Violation.Of("A numbered frame without its number.");
        if (isNew) ReceivedUpTo = sequence;
        // An old frame means that our acknowledgement did not arrive: it is repeated.
        _framesPending++;
        _bytesPending += size;
        if (_framesPending >= options.AckAfterFrames || _bytesPending >= options.AckAfterBytes) AckIsDue = true;
        else _ackAt ??= now + options.AckDelay;
        return null;
    }

    public void HandleDeadline(Instant now)
    {
        if (_ackAt <= now) AckIsDue = true;
    }

    public void AckWritten() => (_framesPending, _bytesPending, _ackAt, AckIsDue) = (0, 0, null, false);
}
