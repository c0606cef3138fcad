using Akka.Actor;
using Akka.Persistence;
using Netflux.Messages;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>Writes into the store and hears that it is written, before a server says that it tracks: Akka.Persistence itself starts with a store that does not work.</summary>
internal static class StoreProbe
{
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the store does not work; the text says why.</exception>
    /// <param name="name">Of this node alone: two that write under one name would take each other for a store that fails.</param>
    public static async Task RunAsync(ActorSystem system, TrackingStore store, string name, TimeSpan patience, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var writer = system.ActorOf(Props.Create(() => new Writer(name, result)));
        string? failure;
        try { failure = await result.Task.WaitAsync(patience, cancellation).ConfigureAwait(false); }
        catch (TimeoutException) { failure = $"it did not answer within {patience.TotalSeconds:0} s"; }
        system.Stop(writer);
        if (failure is not null) throw new NetfluxException(NetfluxError.InvalidOptions, $"The store at {store.Where} does not work: {failure}. {store.Advice}");
    }

    private sealed class Writer(string name, TaskCompletionSource<string?> result) : UntypedPersistentActor
    {
        public override string PersistenceId => name;

        protected override void OnRecover(object message)
        {
            if (message is RecoveryCompleted) Persist(StoredEvents.Write(new NameReleased()), _ => DeleteMessages(LastSequenceNr));
        }

        protected override void OnCommand(object message)
        {
            switch (message)
            {
                case DeleteMessagesSuccess: result.TrySetResult(null); break;
                case DeleteMessagesFailure failed: Fail(failed.Cause); break;
            }
        }

        protected override void OnRecoveryFailure(Exception reason, object? message = null) => Fail(reason);

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Fail(cause);

        protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Fail(cause);

        private void Fail(Exception cause) => result.TrySetResult(cause.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.'));
    }
}
