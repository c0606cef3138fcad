using Akka.Actor;
using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>
/// Asks how links to a peer were looked for, and what came of it. Told to the facade, or to the peer's own actor. Reply: <see cref="LinkReport"/>; refused with
/// <see cref="NetfluxError.UnknownPeer"/> where nothing is known of the peer, or no more.
/// </summary>
public sealed record GetLinkReport(PeerId Peer) : NetfluxRequest;

/// <summary>How links to one peer were looked for, and what came of it.</summary>
/// <param name="Peer">Whom.</param>
/// <param name="Attempts">The latest, oldest first; at most 32.</param>
public sealed record LinkReport(PeerId Peer, IReadOnlyList<LinkAttempt> Attempts) : INetfluxMessage
{
    /// <summary>The links that are up now.</summary>
    public IEnumerable<LinkAttempt> Up => Attempts.Where(attempt => attempt.Outcome == LinkOutcome.Up);
}

/// <summary>One attempt to link to a peer, by either side.</summary>
/// <param name="Way">How.</param>
/// <param name="Target">The address that was dialled, the connection that was offered, the member that relays, or where the peer came from.</param>
/// <param name="BeganAt">By the wall clock.</param>
/// <param name="Took">Until the link was proven, or had failed; null while it is under way.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Why">In a sentence; empty while there is nothing to say.</param>
/// <param name="Connection">Of data channels: what was tried.</param>
public sealed record LinkAttempt(LinkWay Way, string Target, DateTimeOffset BeganAt, TimeSpan? Took, LinkOutcome Outcome, string Why, ConnectionTrial? Connection);

/// <summary>How a link was looked for.</summary>
public enum LinkWay
{
    /// <summary>This process dialled an address.</summary>
    Dialled,
    /// <summary>The peer dialled this process.</summary>
    Accepted,
    /// <summary>This process offered a data channel.</summary>
    Offered,
    /// <summary>The peer offered a data channel.</summary>
    Answered,
    /// <summary>A common member was asked to relay.</summary>
    Relayed,
}

/// <summary>What came of an attempt to link.</summary>
public enum LinkOutcome
{
    /// <summary>It goes on.</summary>
    UnderWay,
    /// <summary>The link was proven, and is up.</summary>
    Up,
    /// <summary>The link was up, and is closed.</summary>
    Closed,
    /// <summary>No link came of it.</summary>
    Failed,
    /// <summary>It was given up, as another link came first or none was needed any more.</summary>
    Abandoned,
}

/// <summary>What was tried to open a data channel: for people who ask why it works, or why not.</summary>
/// <param name="State">Where the connection stands.</param>
/// <param name="Ice">Where the search for a way stands (RFC 8445).</param>
/// <param name="Dtls">Where the encryption stands.</param>
/// <param name="Sctp">Where the association stands.</param>
/// <param name="Local">The candidates of this process.</param>
/// <param name="Remote">Those of the peer.</param>
/// <param name="Pairs">Which of them were tried with each other.</param>
public sealed record ConnectionTrial(
    string State, string Ice, string Dtls, string Sctp, IReadOnlyList<LinkCandidate> Local, IReadOnlyList<LinkCandidate> Remote, IReadOnlyList<LinkCandidatePair> Pairs)
{
    /// <summary>The pair that carries the traffic.</summary>
    public LinkCandidatePair? Selected => Pairs.FirstOrDefault(pair => pair.IsSelected);
}

/// <summary>One address under which a peer may be reached.</summary>
/// <param name="Type">In the words of RFC 8839 §5.1: host, srflx, prflx or relay.</param>
/// <param name="Address">Address and port, or a name that was not resolved.</param>
public sealed record LinkCandidate(string Type, string Address);

/// <summary>A candidate of this process with one of the peer.</summary>
/// <param name="Local">Ours.</param>
/// <param name="Remote">The peer's.</param>
/// <param name="State">In the words of RFC 8445 §6.1.2.6: frozen, waiting, in-progress, succeeded, failed.</param>
/// <param name="IsSelected">Whether it carries the traffic.</param>
/// <param name="RoundTrip">As measured by the checks.</param>
/// <param name="Why">Why it failed, or why it was selected; empty otherwise.</param>
public sealed record LinkCandidatePair(LinkCandidate Local, LinkCandidate Remote, string State, bool IsSelected, TimeSpan? RoundTrip, string Why);
