using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Links;

/// <summary>
/// Opens data channels to peers, where neither side need listen: one side offers, the other answers, and both tell the candidates that they find, all by whatever signaling there is. The asker
/// hears <see cref="DataChannelDescribed"/>, any number of <see cref="DataChannelCandidate"/>, and last <see cref="DataChannelOpened"/> or <see cref="DataChannelNotOpened"/>.
/// </summary>
internal interface IPeerConnector
{
    /// <summary>Begins a connection with an offer. The offerer is the dialler of the link.</summary>
    IPeerConnection Offer(OfferId connection, IActorRef asker);

    /// <summary>Answers an offer. One that cannot be read ends as <see cref="DataChannelNotOpened"/>.</summary>
    IPeerConnection Answer(OfferId connection, string offer, IActorRef asker);
}

/// <summary>A connection that is being opened, or carries a link.</summary>
internal interface IPeerConnection
{
    /// <summary>The answer to our offer came.</summary>
    void TakeAnswer(string answer);

    /// <summary>Candidates of the other side; one that cannot be read is left out.</summary>
    /// <param name="lines"><c>candidate:…</c></param>
    /// <param name="last">No others will follow.</param>
    void TakeCandidates(IReadOnlyList<string> lines, bool last);

    /// <summary>Nobody needs it any more. Once it carries a link that was started, this does nothing: the link is closed by its owner.</summary>
    void Abandon();

    /// <summary>What has been tried so far, and what came of it; also after the end.</summary>
    ConnectionTrial Report();
}

/// <summary>The offer or the answer, to be carried to the other side.</summary>
internal sealed record DataChannelDescribed(OfferId Connection, string Sdp) : INetfluxMessage;

/// <summary>A candidate that was found after the description; an empty line says that there will be no others.</summary>
internal sealed record DataChannelCandidate(OfferId Connection, string Line) : INetfluxMessage;

/// <summary>The data channel is open at this side.</summary>
internal sealed record DataChannelOpened(OfferId Connection, IRawLink Link) : INetfluxMessage;

/// <param name="Why">One sentence, for people.</param>
internal sealed record DataChannelNotOpened(OfferId Connection, string Why) : INetfluxMessage;
