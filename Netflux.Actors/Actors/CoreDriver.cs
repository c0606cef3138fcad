using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Core;

namespace Netflux.Actors;

/// <summary>
/// Drives one core for an actor: forwards facts, carries instructions out, turns <see cref="IProtocolCore{TFact,TInstruction}.NextDeadline"/> into one timer,
/// and logs every fact and instruction. Called on the actor's own thread only.
/// </summary>
internal sealed class CoreDriver<TFact, TInstruction>(
    IActorContext context, IProtocolCore<TFact, TInstruction> core, Action<TInstruction> carry, ILogger log, string name)
    : ICoreDriver where TInstruction : class
{
    private readonly IScheduler _scheduler = context.System.Scheduler;
    private readonly DeadlineTimer _timer = new(context, name);
    private bool _draining;

    public void Handle(TFact fact)
    {
        if (log.IsEnabled(LogLevel.Debug)) CoreLog.Fact(log, name, fact);
        core.Handle(fact, Clock.Now(_scheduler));
        Drain();
    }

    /// <summary>Carries out what the core wants after something was said to it outside <see cref="Handle"/>, as on a data path.</summary>
    public void Drain()
    {
        if (_draining) return;           // carrying one instruction out may bring the next fact: the outer loop takes it up
        _draining = true;
        try
        {
            while (core.TryTake(out var instruction))
            {
                if (log.IsEnabled(LogLevel.Debug)) CoreLog.Instruction(log, name, instruction);
                carry(instruction);
            }
        }
        finally
        {
            _draining = false;
        }
        _timer.Set(core.NextDeadline);
    }

    public bool HandleDue(DeadlineDue due)
    {
        if (due.Name != name) return false;
        _timer.Fired();
        var now = Clock.Now(_scheduler);
        if (core.NextDeadline is { } deadline && deadline <= now) core.HandleDeadline(now);
        Drain();
        return true;
    }

    public void Stop() => _timer.Set(null);
}

internal interface ICoreDriver
{
    bool HandleDue(DeadlineDue due);

    void Stop();
}

/// <summary>A core's deadline may have come.</summary>
internal sealed record DeadlineDue(string Name);

internal static class Clock
{
    public static Instant Now(IScheduler scheduler) => new(scheduler.MonotonicClock.Ticks);
}

/// <summary>One timer for a deadline that moves often: it is set again only when the deadline came nearer, and looks again when it fires too early.</summary>
internal sealed class DeadlineTimer(IActorContext context, string name)
{
    private readonly DeadlineDue _due = new(name);
    private readonly IActorRef _self = context.Self;
    private readonly IScheduler _scheduler = context.System.Scheduler;
    private ICancelable? _scheduled;
    private Instant _at;

    public void Set(Instant? deadline)
    {
        if (deadline is not { } at)
        {
            _scheduled?.Cancel();
            _scheduled = null;
            return;
        }
        if (_scheduled is not null && _at <= at) return;
        _scheduled?.Cancel();
        _at = at;
        var delay = at - Clock.Now(_scheduler);
        _scheduled = _scheduler.ScheduleTellOnceCancelable(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, _self, _due, _self);
    }

    public void Fired() => _scheduled = null;
}

internal static partial class CoreLog
{
    [LoggerMessage(EventId = 1000, Level = LogLevel.Debug, Message = "{Core} <- {Fact}")]
    public static partial void Fact(ILogger log, string core, object? fact);

    [LoggerMessage(EventId = 1001, Level = LogLevel.Debug, Message = "{Core} -> {Instruction}")]
    public static partial void Instruction(ILogger log, string core, object instruction);
}
