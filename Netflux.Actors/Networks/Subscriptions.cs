using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Networks;

/// <summary>
/// Who in this process hears one network (or one peer outside any network), in which order, and when a message counts as consumed. A pure core; after each call
/// the driver takes the <see cref="Telling{TEvent,TMember}"/>s first and then the instructions.
/// <para>
/// Events and messages stand in one log. A subscriber without a window is told at once and has then consumed; one with a window is told until so many messages
/// are unconfirmed, and whatever follows, events too, waits behind. A message is consumed when every subscriber that was there when it came has consumed it;
/// without a subscriber it is consumed at once and goes nowhere.
/// </para>
/// </summary>
/// <typeparam name="TEvent">What is told of the network.</typeparam>
/// <typeparam name="TMember">What names an author to the driver.</typeparam>
internal sealed class Subscriptions<TEvent, TMember>(SubscriptionsOptions options)
{
    private readonly Dictionary<object, Subscriber> _byToken = [];
    private readonly List<Subscriber> _subscribers = []; // in the order of their subscribing
    private readonly Dictionary<PeerId, Author> _authors = [];
    private readonly Ring<Entry> _log = new(); // from the slowest subscriber's place on
    private readonly Ring<Telling<TEvent, TMember>> _tellings = new();
    private readonly Queue<SubscriptionInstruction> _instructions = [];
    private readonly Queue<Author> _changed = [];
    private long _logStart; // the place of _log[0], counted from the beginning of the network

    /// <summary>Entries that some subscriber has not consumed.</summary>
    public int Held => _log.Count;

    /// <summary>Bytes of messages among them.</summary>
    public long HeldBytes { get; private set; }

    private long LogEnd => _logStart + _log.Count;

    public Instant? NextDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var subscriber in _subscribers)
            {
                if (subscriber.FullSince is { } since) next = Instant.Earlier(next, since + options.SubscriberPatience);
            }
            return next;
        }
    }

    public void HandleDeadline(Instant now)
    {
        for (var i = _subscribers.Count - 1; i >= 0; i--)
        {
            var subscriber = _subscribers[i];
            if (subscriber.FullSince is not { } since || since + options.SubscriberPatience > now) continue;
            if (now - since - options.SubscriberPatience > options.LateMax) subscriber.FullSince = now;
            else End(subscriber, SubscriptionEndedReason.TooSlow);
        }
    }

    /// <summary>Instructions; consumption is summed up here, so that many messages make one.</summary>
    public bool TryTake([NotNullWhen(true)] out SubscriptionInstruction? instruction)
    {
        while (_changed.TryDequeue(out var author))
        {
            author.IsChanged = false;
            if (author.IsOpen) _instructions.Enqueue(new ConsumedUpTo(author.Id, author.Consumed));
        }
        return _instructions.TryDequeue(out instruction);
    }

    public bool TryTakeTelling(out Telling<TEvent, TMember> telling) => _tellings.TryDequeue(out telling);

    /// <summary>
    /// From now on the subscriber hears everything. One that is there already keeps its place and its numbers, and gets the new window. False where there are
    /// too many: <see cref="NetfluxError.TooMany"/>.
    /// </summary>
    /// <param name="window">How many messages may be unconfirmed, at least 1; null is no window.</param>
    public bool TrySubscribe(object subscriber, int? window, Instant now)
    {
        if (window is { } messages) ArgumentOutOfRangeException.ThrowIfLessThan(messages, 1, nameof(window));
        if (!_byToken.TryGetValue(subscriber, out var known))
        {
            if (_subscribers.Count >= options.SubscribersMax) return false;
            known = new Subscriber(subscriber) { Told = LogEnd, Confirmed = LogEnd };
            _byToken.Add(subscriber, known);
            _subscribers.Add(known);
        }
        known.Window = window;
        if (window is null) ConfirmUpTo(known, known.MessagesTold);
        Tell(known, now);
        Release();
        return true;
    }

    public void Unsubscribe(object subscriber)
    {
        if (_byToken.TryGetValue(subscriber, out var known)) End(known, SubscriptionEndedReason.Unsubscribed);
    }

    /// <summary>The member's channel opened: its messages count from 1.</summary>
    public void OpenMember(PeerId id, TMember member)
    {
        CloseMember(id);
        _authors.Add(id, new Author(id, member));
    }

    /// <summary>The member's channel closed. What came from it before is still told, but nobody asks for its consumption any more.</summary>
    public void CloseMember(PeerId id)
    {
        if (_authors.Remove(id, out var author)) author.IsOpen = false;
    }

    public void HandleEvent(TEvent happened, Instant now) => Append(new Entry { Event = happened }, now);

    /// <summary>A message of a member; of one whose channel is not open it is dropped.</summary>
    public void HandleMessage(PeerId from, ReadOnlyMemory<byte> payload, Delivery delivery, Instant now)
    {
        if (_authors.TryGetValue(from, out var author)) Append(new Entry { Author = author, Payload = payload, Delivery = delivery }, now);
    }

    /// <summary>The subscriber is done with its messages up to this number; more than it was told is taken as all of them.</summary>
    public void HandleConsumed(object subscriber, long upTo, Instant now)
    {
        if (!_byToken.TryGetValue(subscriber, out var known) || upTo <= known.MessagesConfirmed) return;
        ConfirmUpTo(known, Math.Min(upTo, known.MessagesTold));
        if (known.FullSince is not null) known.FullSince = now;
        Tell(known, now);
        Release();
    }

    private void Append(in Entry entry, Instant now)
    {
        _log.Enqueue(entry);
        HeldBytes += entry.Payload.Length;
        for (var i = _subscribers.Count - 1; i >= 0; i--)
        {
            var subscriber = _subscribers[i];
            if (LogEnd - subscriber.Told > options.HeldMax) End(subscriber, SubscriptionEndedReason.TooSlow);
        }
        foreach (var subscriber in _subscribers) Tell(subscriber, now);
        Release();
    }

    private void Tell(Subscriber subscriber, Instant now)
    {
        while (subscriber.Told < LogEnd && !(subscriber.IsFull && _log[(int)(subscriber.Told - _logStart)].Author is not null))
        {
            ref var entry = ref _log[(int)(subscriber.Told++ - _logStart)];
            if (entry.Author is { } author)
                _tellings.Enqueue(new(subscriber.Token, default, author.Member, entry.Payload, entry.Delivery, ++subscriber.MessagesTold));
            else
                _tellings.Enqueue(new(subscriber.Token, entry.Event, default, default, default, 0));
        }
        ConfirmUpTo(subscriber, subscriber.Window is null ? subscriber.MessagesTold : subscriber.MessagesConfirmed);
        subscriber.FullSince = subscriber.Told < LogEnd ? subscriber.FullSince ?? now : null;
    }

    /// <summary>Moves the subscriber's place past so many messages and the events told after them.</summary>
    private void ConfirmUpTo(Subscriber subscriber, long messages)
    {
        while (subscriber.Confirmed < subscriber.Told)
        {
            var isMessage = _log[(int)(subscriber.Confirmed - _logStart)].Author is not null;
            if (isMessage && subscriber.MessagesConfirmed == messages) return;
            if (isMessage) subscriber.MessagesConfirmed++;
            subscriber.Confirmed++;
        }
    }

    /// <summary>Lets go of what the slowest subscriber has consumed.</summary>
    private void Release()
    {
        var slowest = LogEnd;
        foreach (var subscriber in _subscribers) slowest = Math.Min(slowest, subscriber.Confirmed);
        for (; _logStart < slowest; _logStart++)
        {
            _log.TryDequeue(out var entry);
            HeldBytes -= entry.Payload.Length;
            if (entry.Author is not { } author) continue;
            author.Consumed++;
            if (author.IsChanged) continue;
            author.IsChanged = true;
            _changed.Enqueue(author);
        }
    }

    private void End(Subscriber subscriber, SubscriptionEndedReason reason)
    {
        _byToken.Remove(subscriber.Token);
        _subscribers.Remove(subscriber);
        _instructions.Enqueue(new EndSubscription(subscriber.Token, reason));
        Release();
    }

    private struct Entry
    {
        public TEvent? Event;
        public Author? Author; // null of an event
        public ReadOnlyMemory<byte> Payload;
        public Delivery Delivery;
    }

    private sealed class Author(PeerId id, TMember member)
    {
        public PeerId Id { get; } = id;
        public TMember Member { get; } = member;
        public ulong Consumed { get; set; }
        public bool IsOpen { get; set; } = true;
        public bool IsChanged { get; set; }
    }

    private sealed class Subscriber(object token)
    {
        public object Token { get; } = token;
        public int? Window { get; set; }

        /// <summary>The place in the log up to which it was told.</summary>
        public long Told { get; set; }

        /// <summary>The place in the log up to which it has consumed.</summary>
        public long Confirmed { get; set; }

        public long MessagesTold { get; set; }
        public long MessagesConfirmed { get; set; }

        /// <summary>Since when something waits for it, or since its last confirmation after that.</summary>
        public Instant? FullSince { get; set; }

        public bool IsFull => Window is { } window && MessagesTold - MessagesConfirmed >= window;
    }
}
