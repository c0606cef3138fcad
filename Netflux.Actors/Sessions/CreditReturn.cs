using System.Diagnostics.CodeAnalysis;
using Netflux.Core;

namespace Netflux.Sessions;

/// <summary>When credit goes back: at once for a quarter of the window or a sender that waits, else after a short delay, so that a trickle is confirmed too.</summary>
internal sealed class CreditReturn(TimeSpan delay)
{
    private readonly Ring<OpenChannel> _now = new();
    private readonly Ring<(OpenChannel Channel, Instant At)> _later = new(); // one delay for all: in order of time

    public bool IsDue => _now.Count > 0;

    public Instant? NextDeadline => _later.Count > 0 ? _later[0].At : null;

    public void OnConsumed(OpenChannel channel, bool confirmSoon, Instant now)
    {
        var receive = channel.Receive;
        if (!receive.HasCreditToReturn || receive.CreditDue == CreditDue.Now) return;
        if (confirmSoon || receive.CreditIsWorthwhile)
        {
            receive.CreditDue = CreditDue.Now;
            _now.Enqueue(channel);
        }
        else if (receive.CreditDue == CreditDue.Nothing)
        {
            receive.CreditDue = CreditDue.Later;
            _later.Enqueue((channel, now + delay));
        }
    }

    public void HandleDeadline(Instant now)
    {
        while (_later.Count > 0 && _later[0].At <= now)
        {
            var channel = _later.Dequeue().Channel;
            if (channel.Receive.CreditDue == CreditDue.Later) OnConsumed(channel, confirmSoon: true, now);
        }
    }

    public bool TryTake([NotNullWhen(true)] out OpenChannel? channel)
    {
        channel = null;
        while (_now.Count > 0 && channel is null)
        {
            var due = _now.Dequeue();
            due.Receive.CreditDue = CreditDue.Nothing;
            if (due.Receive.HasCreditToReturn) channel = due;
        }
        return channel is not null;
    }
}
