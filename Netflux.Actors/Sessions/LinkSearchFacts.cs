using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Sessions;

/// <summary>A way to send an introduction to the remote peer: a network's server door, a common member, a meeting point. Its text means something only to the driver.</summary>
internal readonly record struct IntroducerId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A member that may carry a relayed link, and the network in which it would.</summary>
internal readonly record struct RelayWay(NetworkId Network, PeerId Carrier);

/// <summary>How the remote peer is linked now.</summary>
internal enum LinkReach
{
    None,
    Relayed,
    Direct,
}

internal abstract record LinkSearchFact;

/// <summary>The session said <see cref="FindLink"/>.</summary>
internal sealed record SearchStarted : LinkSearchFact;

/// <summary>The session said <see cref="StopFindingLink"/>, or is over.</summary>
internal sealed record SearchStopped : LinkSearchFact;

/// <summary>The best proven link is of this kind now. Only relayed ones: a direct one is looked for now and then.</summary>
internal sealed record ReachChanged(LinkReach Reach) : LinkSearchFact;

/// <summary>Where the remote peer listens, from its member's record or the user; only what may be dialled. Adds to what is known.</summary>
internal sealed record AddressesLearned(IReadOnlyList<Uri> Addresses) : LinkSearchFact;

/// <summary>All ways to send an introduction, best first.</summary>
internal sealed record IntroducersChanged(IReadOnlyList<IntroducerId> Introducers) : LinkSearchFact;

/// <summary>All members that may carry a relayed link, best first.</summary>
internal sealed record CarriersChanged(IReadOnlyList<RelayWay> Carriers) : LinkSearchFact;

/// <summary>Whether this process can be dialled.</summary>
internal sealed record OwnAddressesChanged(bool Listening) : LinkSearchFact;

/// <summary>The dial did not lead to a proven link.</summary>
internal sealed record DialFailed(Uri Address) : LinkSearchFact;

/// <summary>The relayed link could not be opened or proven.</summary>
internal sealed record RelayFailed(RelayWay Way) : LinkSearchFact;

/// <summary>An introduction of the remote peer, opened and verified; its addresses already filtered by what may be dialled.</summary>
internal sealed record IntroductionReceived(IntroducerId Through, bool AnswerWanted, bool PleaseDial, IReadOnlyList<Uri> Addresses, ConnectionSignal? Signal = null) : LinkSearchFact;

/// <summary>The offer or the answer that was asked for.</summary>
internal sealed record DescriptionMade(OfferId Connection, string Sdp) : LinkSearchFact;

/// <summary>A candidate for a description that was made; an empty line: there will be no others.</summary>
internal sealed record CandidateFound(OfferId Connection, string Line) : LinkSearchFact;

/// <summary>The data channel is open; the link over it is being proven.</summary>
internal sealed record ConnectionUp(OfferId Connection) : LinkSearchFact;

/// <summary>The data channel did not open, or the link over it was not proven.</summary>
internal sealed record ConnectionFailed(OfferId Connection) : LinkSearchFact;

/// <summary>The introduction could not be delivered.</summary>
internal sealed record IntroductionUndelivered(IntroducerId Through) : LinkSearchFact;

internal abstract record LinkSearchInstruction;

/// <summary>Dial; a proven link or <see cref="DialFailed"/> answers.</summary>
internal sealed record Dial(Uri Address) : LinkSearchInstruction;

/// <summary>Send an introduction with our addresses.</summary>
internal sealed record Introduce(IntroducerId Through, bool AnswerWanted, bool PleaseDial, ConnectionSignal? Signal = null) : LinkSearchInstruction;

/// <summary>Make an offer; <see cref="DescriptionMade"/> or <see cref="ConnectionFailed"/> answers.</summary>
internal sealed record OfferConnection(OfferId Connection) : LinkSearchInstruction;

/// <summary>Answer the peer's offer; <see cref="DescriptionMade"/> or <see cref="ConnectionFailed"/> answers.</summary>
internal sealed record AnswerConnection(OfferId Connection, string Offer) : LinkSearchInstruction;

internal sealed record TakeAnswer(OfferId Connection, string Answer) : LinkSearchInstruction;

internal sealed record TakeCandidates(OfferId Connection, IReadOnlyList<string> Lines, bool Last) : LinkSearchInstruction;

/// <summary>The connection is not needed any more; nothing is answered.</summary>
internal sealed record AbandonConnection(OfferId Connection, string Why) : LinkSearchInstruction;

/// <summary>Open a relayed link; a proven link or <see cref="RelayFailed"/> answers.</summary>
internal sealed record OpenRelay(RelayWay Way) : LinkSearchInstruction;

/// <summary>Every way has failed for now; the search goes on until it is stopped, and this is said again after each later round.</summary>
internal sealed record SearchFailed(NetfluxError Why, string Text) : LinkSearchInstruction;
