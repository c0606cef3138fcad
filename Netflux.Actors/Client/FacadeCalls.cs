using Akka.Actor;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>Asks the facade and what is below it, without a time-out of its own: deadlines are the facade's, and it always answers.</summary>
internal sealed class FacadeCalls
{
    private readonly Task _stopped;

    public FacadeCalls(IActorRef facade, ActorSystem system)
    {
        (Facade, System) = (facade, system);
        _stopped = WatchAsync();
    }

    public IActorRef Facade { get; }

    public ActorSystem System { get; }

    public Task<T> AskAsync<T>(NetfluxRequest request, CancellationToken cancellation) => AskAsync<T>(Facade, request, cancellation);

    /// <exception cref="NetfluxException">The request failed.</exception>
    /// <exception cref="OperationCanceledException">It was withdrawn.</exception>
    public async Task<T> AskAsync<T>(IActorRef target, NetfluxRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var answer = target.Ask<T>(request, Timeout.InfiniteTimeSpan, CancellationToken.None);
        // The facade answers what is withdrawn, and undoes what finishes nevertheless; so the answer is awaited even then.
        using var registration = cancellation.UnsafeRegister(static (state, _) =>
        {
            var (facade, id) = ((IActorRef, RequestId))state!;
            facade.Tell(new CancelRequest(id), ActorRefs.Nobody);
        }, (Facade, request.RequestId));
        try
        {
            await Task.WhenAny(answer, _stopped).ConfigureAwait(false);
            return answer.IsCompleted ? await answer.ConfigureAwait(false)
                : throw new NetfluxException(NetfluxError.Stopping, "Netflux is shutting down, or has stopped.") { Request = request.RequestId };
        }
        catch (NetfluxException failure) when (failure.Error == NetfluxError.Cancelled && cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(failure.Message, failure, cancellation);
        }
    }

    private async Task WatchAsync()
    {
        // The watch itself may be torn down with the actor system; either way nobody answers any more.
        try { await Facade.WatchAsync().ConfigureAwait(false); }
        catch (Exception) when (System.WhenTerminated.IsCompleted) { }
    }
}
