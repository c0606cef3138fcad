using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Wire;

namespace Netflux.Networks;

/// <summary>
/// How the messages of users travel in one topology: from the queue of what is sent here to channels of neighbours, and from those to the subscriptions. On the data path, so it is called without
/// facts and instructions; it decides by what its overlay knows.
/// </summary>
internal interface IMessageRoute
{
    /// <summary>What the longest frame has beside the longest message.</summary>
    int FrameOverhead { get; }

    /// <summary>A channel with a neighbour is open.</summary>
    void HandleOpened(Peer neighbour, long windowCost, Instant now);

    void HandleClosed(PeerId neighbour, Instant now);

    /// <summary>Users see the member from now on.</summary>
    void HandleJoining(Peer member, Instant now)
    {
    }

    /// <summary>A member that was suspected is there again.</summary>
    void HandleRecovered(PeerId member, Instant now)
    {
    }

    void HandleLeaving(PeerId member, Instant now)
    {
    }

    /// <summary>Somebody here wants to send to the member.</summary>
    void HandleWanted(PeerId member, Instant now)
    {
    }

    /// <summary>The queue accepted a message for this way.</summary>
    void HandOver(in HandOver handOver, Instant now);

    /// <summary>All that was accepted in this turn was handed over.</summary>
    void Flush(Instant now)
    {
    }

    void HandleMessage(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body, Instant now);

    /// <summary>The neighbour has consumed so much of its channel.</summary>
    void HandleCredit(PeerId neighbour, ulong messages, long cost, Instant now);

    /// <summary>So many messages of the author were consumed here, since it joined.</summary>
    void HandleConsumed(PeerId author, ulong messages, Instant now);

    /// <summary>The route of the channels of this epoch (<see cref="Overlays.OverlayFact.NetworkEpoch"/>).</summary>
    IMessageRoute AtEpoch(int epoch) => this;

    Instant? NextDeadline => null;

    void HandleDeadline(Instant now)
    {
    }

    /// <summary>An instruction of the overlay about messages.</summary>
    void Handle(OverlayInstruction instruction, Instant now)
    {
    }
}

/// <summary>What the route of a network that grows has others do beyond that.</summary>
internal interface IGrowingRoutePort : IMessageRoutePort
{
    /// <summary>Nothing more is accepted for this way; what was handed over goes on.</summary>
    void ShutWay(PeerId way);

    /// <summary>All that was handed over for this way was consumed.</summary>
    bool IsSettled(PeerId way);

    /// <summary>A message for this way alone waits to be accepted.</summary>
    bool IsWanted(PeerId way);

    /// <summary>A way that is settled is opened anew, shut, for what is for its member alone; what waits for it goes on waiting.</summary>
    void MoveWay(PeerId way, long windowCost);

    /// <summary>From now on nobody is dropped for slowness.</summary>
    void WaitForSlow();

    void Send(int epoch, PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body);

    void Consume(int epoch, PeerId neighbour, ulong messages);
}

/// <summary>What a route has others do.</summary>
internal interface IMessageRoutePort
{
    // ---- The queue of what is sent here, and the subscriptions ----

    /// <summary>Messages for this id, or all broadcasts, are accepted against this window from now on; while it is shut, they wait.</summary>
    void OpenWay(PeerId way, long windowCost, bool takesBroadcasts, bool isShut = false);

    void OpenShutWay(PeerId way);

    /// <summary>What was handed over is undelivered, and what waits is refused for this reason.</summary>
    void CloseWay(PeerId way, WayClosed? why = null);

    /// <summary>So much of what was handed over for this way was consumed, since it was opened.</summary>
    void CreditWay(PeerId way, ulong messages, long cost);

    void OpenAuthor(Peer author);

    void CloseAuthor(PeerId author);

    void Deliver(PeerId author, FrameFlags flags, ReadOnlyMemory<byte> payload);

    /// <summary>Bytes that subscribers have not consumed.</summary>
    long HeldBytes { get; }

    void TellMissed(PeerId author, ulong first, ulong last);

    // ---- Channels and the overlay ----

    void Send(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body);

    /// <summary>Gives credit for so many messages of the channel.</summary>
    void Consume(PeerId neighbour, ulong messages);

    void Say(OverlayFact fact);
}
