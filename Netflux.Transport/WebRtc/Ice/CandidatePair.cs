using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>RFC 8445 §6.1.2.6.</summary>
internal enum PairState
{
    /// <summary>Waits for the outcome of a pair of the same foundation.</summary>
    Frozen,

    /// <summary>Waits for its turn.</summary>
    Waiting,

    InProgress,

    /// <summary>A check was answered: the pair is valid, and data may go over it.</summary>
    Succeeded,

    Failed,
}

/// <summary>A base of ours and an address of the other side (RFC 8445 §4). What the valid list of the RFC holds are here the pairs that have succeeded.</summary>
/// <remarks>
/// Not done: valid pairs beside those that were checked (RFC 8445 §7.2.5.3.2), because a pair is sent on from the same base whatever address a NAT gives it. The address that the other
/// side saw, and the priority that a candidate there has, are kept with the pair.
/// </remarks>
internal sealed class CandidatePair(LocalCandidate local, RemoteCandidate remote, TransportAddress to, Instant now)
{
    private uint? _mappedPriority;

    /// <summary>The best of our candidates that are sent from this base.</summary>
    public LocalCandidate Local { get; set; } = local;

    /// <summary>Replaced where a candidate is announced whose check came first (RFC 8445 §7.3.1.3).</summary>
    public RemoteCandidate Remote { get; set; } = remote;

    public IceBase Base => Local.Base;

    /// <summary>The remote address, in our zone if it is link-local.</summary>
    public TransportAddress To => to;

    public ulong Priority { get; private set; }

    public PairState State { get; set; } = PairState.Frozen;

    /// <summary>The check that decides the state, while it is under way.</summary>
    public ConnectivityCheck? Check { get; set; }

    /// <summary>The check with which we nominate, while it is under way.</summary>
    public ConnectivityCheck? Nomination { get; set; }

    public bool IsNominated { get; set; }

    /// <summary>When the controlling side last asked to use this pair.</summary>
    public Instant? UseCandidateAt { get; set; }

    public Instant? ValidSince { get; set; }

    public Instant? AnsweredAt { get; set; }

    /// <summary>When a request of the other side last made us check.</summary>
    public Instant? TriggeredAt { get; set; }

    /// <summary>The last sign of life of the pair: made, asked, or answered.</summary>
    public Instant HeardAt { get; set; } = now;

    public TimeSpan? RoundTrip { get; set; }

    /// <summary>As the other side sees our base.</summary>
    public TransportAddress? Mapped { get; private set; }

    public int ChecksSent { get; set; }

    public int AnswersReceived { get; set; }

    public int RequestsReceived { get; set; }

    /// <summary>What went wrong last; see <see cref="IceReport"/>.</summary>
    public string? Trouble { get; set; }

    public bool IsValid => State == PairState.Succeeded;

    /// <summary>Whether something may still come of it.</summary>
    public bool IsOpen => State is PairState.Frozen or PairState.Waiting or PairState.InProgress;

    public bool IsRelayed => Local.Type == CandidateType.Relayed || Remote.Type == CandidateType.Relayed;

    /// <summary>RFC 8445 §6.1.2.6: the foundation of a pair is those of both.</summary>
    public bool SharesFoundation(CandidatePair other) => Local.Foundation == other.Local.Foundation && Remote.Foundation == other.Remote.Foundation;

    public bool IsAt(IceBase @base, in TransportAddress address) => Base == @base && To == address;

    /// <summary>
    /// The other side knows this pair by the address that it sees, so the pair is ranked by the candidate there (RFC 8445 §7.2.5.3.1): both sides find the same one the best.
    /// </summary>
    public void SetMapped(TransportAddress mapped, uint priority, IceRole role)
    {
        (Mapped, _mappedPriority) = (mapped, priority);
        SetPriority(role);
    }

    public void SetPriority(IceRole role)
    {
        var ours = _mappedPriority ?? Local.Priority;
        Priority = role == IceRole.Controlling ? CandidatePriority.OfPair(ours, Remote.Priority) : CandidatePriority.OfPair(Remote.Priority, ours);
    }
}
