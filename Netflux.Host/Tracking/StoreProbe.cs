using Akka.Actor;
using Akka.Persistence;
using Netflux.Messages;

namespace Netflux.Host.Tracking;

/// <summary>Writes into the store and hears that it is written, before a server says that it tracks: Akka.Persistence itself starts with a store that does not work.</summary>
internal sealed class StoreProbe : UntypedPersistentActor
{
    private readonly TaskCompletionSource<string?> _result;

    public StoreProbe(TaskCompletionSource<string?> result) => _result = result;

    public override string PersistenceId => "probe";

    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the store does not work; the text says why.</exception>
    public static async Task RunAsync(ActorSystem system, string where, TimeSpan patience, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var probe = system.ActorOf(Props.Create(() => new StoreProbe(result)), "store-probe");
        string? failure;
        try { failure = await result.Task.WaitAsync(patience, cancellation).ConfigureAwait(false); }
        catch (TimeoutException) { failure = $"it did not answer within {patience.TotalSeconds:0} s"; }
        system.Stop(probe);
        if (failure is not null) throw new NetfluxException(NetfluxError.InvalidOptions, $"The store at {where} does not work: {failure}. Give another with --data, or track no networks with --no-tracking.");
    }

    protected override void OnRecover(object message)
    {
        if (message is RecoveryCompleted) Persist(StoredEvents.Write(new Transport.Signaling.Server.NameReleased()), _ => DeleteMessages(LastSequenceNr));
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case DeleteMessagesSuccess: _result.TrySetResult(null); break;
            case DeleteMessagesFailure failed: Fail(failed.Cause); break;
        }
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => Fail(reason);

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Fail(cause);

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Fail(cause);

    private void Fail(Exception cause) => _result.TrySetResult(cause.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.'));
}
