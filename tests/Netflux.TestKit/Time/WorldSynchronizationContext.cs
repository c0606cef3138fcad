using Akka.Dispatch;

namespace Netflux.TestKit;

/// <summary>Brings the continuations of awaits that began on a world's thread back to it.</summary>
internal sealed class WorldSynchronizationContext(WorldLoop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.PostContinuation(new Continuation(d, state));

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Send would block the only thread of the world. Use Post, or await.");

    public override SynchronizationContext CreateCopy() => this;

    private sealed class Continuation(SendOrPostCallback callback, object? state) : IRunnable
    {
        public void Run() => callback(state);

        public void Execute() => Run();
    }
}
