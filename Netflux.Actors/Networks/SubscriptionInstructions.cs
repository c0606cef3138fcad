using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Networks;

/// <summary>Tell the subscriber: an event, or a message where <see cref="Number"/> is above 0.</summary>
/// <param name="Event">The event; of a message, nothing.</param>
/// <param name="From">Of a message, what the driver gave when the author's channel opened.</param>
/// <param name="Number">Counts the messages of this subscription from 1.</param>
internal readonly record struct Telling<TEvent, TMember>(object Subscriber, TEvent? Event, TMember? From, ReadOnlyMemory<byte> Payload, Delivery Delivery, long Number)
{
    public bool IsMessage => Number > 0;
}

internal abstract record SubscriptionInstruction;

/// <summary>Every message of the member up to this one, counted from the opening of its channel, was consumed here.</summary>
internal sealed record ConsumedUpTo(PeerId Member, ulong Messages) : SubscriptionInstruction;

/// <summary>Nothing is told to the subscriber any more.</summary>
internal sealed record EndSubscription(object Subscriber, SubscriptionEndedReason Reason) : SubscriptionInstruction;
