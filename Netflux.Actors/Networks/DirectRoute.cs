using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Networks;

/// <summary>Every member is a neighbour: what is sent to it goes by its channel, and its credit is the channel's.</summary>
internal sealed class DirectRoute(IMessageRoutePort port) : IMessageRoute
{
    public int FrameOverhead => 0;

    public void HandleOpened(Peer neighbour, long windowCost, Instant now)
    {
        port.OpenAuthor(neighbour);
        port.OpenWay(neighbour.Id, windowCost, takesBroadcasts: true);
    }

    public void HandleClosed(PeerId neighbour, Instant now)
    {
        port.CloseWay(neighbour);     // what was undelivered is told before the owner says that the member leaves
        port.CloseAuthor(neighbour);
    }

    public void HandOver(in HandOver handOver, Instant now) => port.Send(handOver.Way, handOver.Flags, handOver.Payload);

    public void HandleMessage(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body, Instant now) => port.Deliver(neighbour, flags, body);

    public void HandleCredit(PeerId neighbour, ulong messages, long cost, Instant now) => port.CreditWay(neighbour, messages, cost);

    public void HandleConsumed(PeerId author, ulong messages, Instant now) => port.Consume(author, messages);
}
