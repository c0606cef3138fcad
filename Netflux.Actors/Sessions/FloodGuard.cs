using Netflux.Core;

namespace Netflux.Sessions;

/// <summary>
/// Counts what the other side may say without credit and without bringing anything new. Most numbered frames are bounded by credit and by what
/// they cause: this is for the rest.
/// </summary>
internal sealed class FloodGuard(SessionOptions options)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly TokenBucket _asks = new(options.AsksBurst, options.AsksPerSecond);
    private Instant _secondEnds;
    private int _inSecond;
    private int _inRecord;
    private int _refused;

    public void BeginRecord() => _inRecord = 0;

    public Violation? OnUnnumbered() => ++_inRecord > options.UnnumberedFramesPerRecordMax ? Violation.Flooding("Too many unnumbered frames in one record.") : null;

    public Violation? OnNothingNew(Instant now)
    {
        if (now >= _secondEnds) (_secondEnds, _inSecond) = (now + Second, 0);
        return ++_inSecond > options.IdleFramesPerSecondMax ? Violation.Flooding("Too many frames that say nothing new.") : null;
    }

    public Violation? OnAsk(Instant now) => _asks.TryTake(now) ? null : Violation.Flooding("Too many attachments and join requests.");

    public Violation? OnRefused() => ++_refused > options.RefusedFramesMax ? Violation.Of("Too many frames of unknown kinds.") : null;
}
