using Netflux.Core;

namespace Netflux.Transport.WebRtc.Stun;

/// <summary>
/// A request that is repeated until it is answered, as <see cref="StunSchedule"/> has it. Who makes it sends <see cref="Request"/> at once; each repetition is the same bytes.
/// </summary>
internal sealed class StunTransaction(StunTransactionId id, ReadOnlyMemory<byte> request, StunOptions options, Instant now)
{
    private StunSchedule _schedule = new(options, now);

    public StunTransactionId Id => id;

    public ReadOnlyMemory<byte> Request => request;

    /// <summary>How often the request was sent.</summary>
    public int Sent => _schedule.Sent;

    /// <summary>When <see cref="HandleDeadline"/> has work to do.</summary>
    public Instant NextDeadline => _schedule.NextDeadline;

    public StunTransactionStep HandleDeadline(Instant at) => _schedule.HandleDeadline(at);
}
