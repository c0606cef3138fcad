using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Akka.Actor;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>What waits between a subscription's actor and the one reader of its events. The reader's progress is what the subscription's window sees as consumed.</summary>
internal sealed class EventQueue
{
    private readonly Channel<Entry> _channel = Channel.CreateUnbounded<Entry>(new() { SingleReader = true, SingleWriter = false });
    private IActorRef _subscriber = ActorRefs.Nobody;
    private int _reading;
    private int _count;

    /// <summary>One event; a message has a source, to which its number is reported once it was consumed.</summary>
    private readonly record struct Entry(INetfluxMessage Event, IActorRef? Source, long Number);

    public void Bind(IActorRef subscriber) => _subscriber = subscriber;

    /// <summary>False when the queue is full or closed.</summary>
    public bool TryAdd(INetfluxMessage happening, IActorRef? source = null, long number = 0)
    {
        if (Volatile.Read(ref _count) >= ClientOptions.EventsMax || !_channel.Writer.TryWrite(new(happening, source, number))) return false;
        Interlocked.Increment(ref _count);
        return true;
    }

    /// <summary>Adds the last event, whatever the limit, and closes.</summary>
    public void Close(INetfluxMessage? last)
    {
        if (last is not null) _channel.Writer.TryWrite(new(last, null, 0));
        _channel.Writer.TryComplete();
    }

    /// <summary>Reads on from where the last reader stopped. One reader at a time.</summary>
    public async IAsyncEnumerable<INetfluxMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
            throw new InvalidOperationException("These events are being read already. One reader at a time; a second subscription is opened with OpenNetworkAsync or OpenPeerAsync.");
        var consumed = default(Entry);
        var unreported = 0;
        try
        {
            while (true)
            {
                Entry entry;
                while (!_channel.Reader.TryRead(out entry))
                {
                    Report();
                    if (!await _channel.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false)) yield break;
                }
                cancellation.ThrowIfCancellationRequested();
                Interlocked.Decrement(ref _count);
                if (entry.Source is not null) (consumed, unreported) = (entry, unreported + 1);
                yield return entry.Event;
                if (unreported >= ClientOptions.ReportEvery) Report();
            }
        }
        finally
        {
            Report();
            Volatile.Write(ref _reading, 0);
        }

        void Report()
        {
            if (unreported == 0) return;
            unreported = 0;
            consumed.Source!.Tell(new MessagesConsumed(_subscriber, consumed.Number), _subscriber);
        }
    }
}
