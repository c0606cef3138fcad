using Akka.Actor;

namespace Netflux.TestKit;

/// <summary>Takes one reply and completes a task with it on the world's thread: unlike Akka's Ask, nothing of it runs on the thread pool.</summary>
internal sealed class WorldPromise(IActorRefProvider provider) : MinimalActorRef
{
    private readonly TaskCompletionSource<object> _reply = new();

    public Task<object> Reply => _reply.Task;

    public override ActorPath Path { get; } = provider.TempPath();

    public override IActorRefProvider Provider => provider;

    protected override void TellInternal(object message, IActorRef sender)
    {
        // Continuations that want no context run right here; where a context is current, the runtime would send them to the pool.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try { _reply.TrySetResult(message); }
        finally { SynchronizationContext.SetSynchronizationContext(context); }
    }
}
