using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Netflux.TestKit;

/// <summary>Akka's scheduler on the clock of a world: every clock it shows is virtual, and nothing fires unless the world moves time.</summary>
internal sealed class VirtualScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log)
{
    private readonly WorldLoop _loop = WorldLoop.Find(config.GetString(VirtualDispatcherConfigurator.WorldSetting));

    public override TimeSpan MonotonicClock => _loop.Elapsed;

    public override TimeSpan HighResMonotonicClock => _loop.Elapsed;

    protected override DateTimeOffset TimeNow => _loop.Now;

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Once(delay, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => Once(delay, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => Once(delay, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, action.Run, cancelable);

    private void Once(TimeSpan delay, Action action, ICancelable? cancelable) =>
        _loop.Schedule(delay, action, cancelable is null ? null : () => cancelable.IsCancellationRequested);

    private void Repeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Once(initialDelay, () =>
        {
            action();
            if (cancelable?.IsCancellationRequested != true) Repeatedly(interval, interval, action, cancelable);
        }, cancelable);
}
