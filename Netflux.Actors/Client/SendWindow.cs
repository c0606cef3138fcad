using Akka.Actor;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>
/// The sender's side of a send window: payloads are told at once while it is open, and wait in their order while it is not. The order of the calls is the
/// order in the network's mailbox.
/// </summary>
internal sealed class SendWindow
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private long _told;
    private long _upTo;
    private NetfluxException? _closed;

    public ValueTask TellAsync(IActorRef target, NetfluxRequest message, int payloadBytes, IActorRef sender, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled(cancellation);
        Waiter waiter;
        lock (_gate)
        {
            if (_closed is { } closed) return ValueTask.FromException(Again(closed));
            waiter = new(target, message, sender, SendWindowOpened.CostOf(payloadBytes));
            if (_waiting.Count == 0 && TryTell(waiter)) return ValueTask.CompletedTask;
            waiter.Place = _waiting.AddLast(waiter);
        }
        return new(waiter.WaitAsync(this, cancellation));
    }

    /// <summary>The network says that payloads of this cumulative cost may have been told.</summary>
    public void Open(long upTo)
    {
        lock (_gate)
        {
            _upTo = Math.Max(_upTo, upTo);
            while (_waiting.First is { Value: var waiter } && TryTell(waiter))
            {
                _waiting.RemoveFirst();
                waiter.Done.TrySetResult();
            }
        }
    }

    /// <summary>Nothing can be sent any more; those who wait hear why.</summary>
    public void Close(NetfluxException why)
    {
        lock (_gate)
        {
            _closed ??= why;
            foreach (var waiter in _waiting) waiter.Done.TrySetException(Again(_closed));
            _waiting.Clear();
        }
    }

    private bool TryTell(Waiter waiter)
    {
        // A payload may be larger than the whole window, so the last one told may reach over its edge, as the network counts it too.
        if (_told >= _upTo) return false;
        _told += waiter.Cost;
        waiter.Target.Tell(waiter.Message, waiter.Sender);
        return true;
    }

    private static NetfluxException Again(NetfluxException why) => new(why.Error, why.Message, why.InnerException) { Network = why.Network, Peer = why.Peer };

    private sealed class Waiter(IActorRef target, NetfluxRequest message, IActorRef sender, long cost)
    {
        public IActorRef Target => target;
        public NetfluxRequest Message => message;
        public IActorRef Sender => sender;
        public long Cost => cost;
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public LinkedListNode<Waiter>? Place { get; set; }

        public async Task WaitAsync(SendWindow window, CancellationToken cancellation)
        {
            await using var registration = cancellation.UnsafeRegister(static (state, token) =>
            {
                var (window, waiter) = ((SendWindow, Waiter))state!;
                lock (window._gate)
                {
                    if (!waiter.Done.TrySetCanceled(token)) return;
                    window._waiting.Remove(waiter.Place!);
                    window.Open(0); // those behind it may fit now
                }
            }, (window, this)).ConfigureAwait(false);
            await Done.Task.ConfigureAwait(false);
        }
    }
}
