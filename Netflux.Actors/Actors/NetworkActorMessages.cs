using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Signaling;

namespace Netflux.Actors;

// The conversation between the facade and a network's actor.

/// <summary>What a network's actor starts from: genesis and admission, and who may know the way in.</summary>
internal sealed record NetworkStart(Genesis Genesis, Admission Admission)
{
    /// <summary>The request that the network answers once it is up.</summary>
    public required RequestId Request { get; init; }
    public required IActorRef Requester { get; init; }
    /// <summary>Whether the reply is <see cref="NetworkCreated"/>.</summary>
    public bool Creates { get; init; }
    public string? Name { get; init; }
    public Uri? Server { get; init; }
    public bool IsTracked { get; init; }
    /// <summary>What <see cref="Server"/> signs of the members.</summary>
    public ShownRoot? Root { get; init; }
    /// <summary>What the issuer of the ticket by which this peer comes knew of the members.</summary>
    public TrackerRoot? Vouched { get; init; }
    /// <summary>The actor of <see cref="Server"/>.</summary>
    public IActorRef? Signaling { get; init; }
    /// <summary>Who is at the door.</summary>
    public IReadOnlyList<MemberOnline> Online { get; init; } = [];
    /// <summary>The connected peer whose join request is accepted.</summary>
    public HeardMember? Inviter { get; init; }
    public IActorRef? Subscriber { get; init; }
    public int? Window { get; init; }
    public required OwnAddresses Own { get; init; }
}

// ---- To the network's actor ----

/// <summary>The request was still open: the network may answer it and speak to its subscribers.</summary>
internal sealed record NetworkConfirmed : INetfluxMessage;

/// <summary>End the membership, or go offline; with an error, that is why.</summary>
internal sealed record EndNetwork(PeerLeavingReason Reason, IActorRef? Requester = null, NetfluxError? Error = null) : INetfluxMessage;

/// <summary>The tracking server listed other members than those of the root that it signed with them.</summary>
internal sealed record TrackerListWrong(ShownRoot Shown) : INetfluxMessage;

/// <summary>Something happened that its subscribers are to hear of.</summary>
internal sealed record TellSubscribers(INetfluxMessage Happened) : INetfluxMessage;

// ---- To the facade ----

/// <summary>The first set of members has settled.</summary>
internal sealed record NetworkReady(RequestId Request, Network Network) : INetfluxMessage;

internal sealed record NetworkNotJoined(RequestId Request, NetworkId Network, NetfluxError Error, string Text) : INetfluxMessage;

/// <summary>Everybody was told; the actor stops.</summary>
internal sealed record NetworkEnded(NetworkId Network) : INetfluxMessage;

/// <summary>Go offline: networks and peers are told, within a bound. Reply: <see cref="WentOffline"/>.</summary>
internal sealed record GoOffline : INetfluxMessage;

internal sealed record WentOffline : INetfluxMessage;
