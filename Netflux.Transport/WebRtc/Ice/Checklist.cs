using System.Runtime.InteropServices;
using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>The pairs of one session (RFC 8445 §6.1.2). A hundred at most, so they are looked through rather than sorted.</summary>
internal sealed class Checklist(IceOptions options)
{
    private readonly List<CandidatePair> _pairs = [];
    private readonly List<PairReport> _dropped = [];

    public IReadOnlyList<CandidatePair> Pairs => _pairs;

    /// <summary>The same, for who looks through them often.</summary>
    public ReadOnlySpan<CandidatePair> All => CollectionsMarshal.AsSpan(_pairs);

    /// <summary>What became of pairs that are not here any more, for the report.</summary>
    public IReadOnlyList<PairReport> Dropped => _dropped;

    public bool HasOpen => _pairs.Exists(pair => pair.IsOpen);

    public int OpenCount
    {
        get
        {
            var count = 0;
            foreach (var pair in _pairs) count += pair.State is PairState.Waiting or PairState.InProgress ? 1 : 0;
            return count;
        }
    }

    public CandidatePair? Find(IceBase @base, in TransportAddress address)
    {
        foreach (var pair in _pairs)
        {
            if (pair.IsAt(@base, address)) return pair;
        }
        return null;
    }

    /// <summary>
    /// Adds a pair, or says that there are too many better ones (RFC 8445 §6.1.2.5). It waits for its turn unless one of the same foundation is being tried (§6.1.2.6, as
    /// RFC 8838 §12 has it for pairs that come later).
    /// </summary>
    /// <param name="isKept">Which pairs do not give way.</param>
    public bool TryAdd(CandidatePair pair, Func<CandidatePair, bool> isKept)
    {
        if (_pairs.Count >= options.PairsMax)
        {
            var lowest = _pairs.Where(other => !isKept(other)).MinBy(other => other.Priority);
            if (lowest is null || lowest.Priority >= pair.Priority) return false;
            Drop(lowest, "Gave way to a better pair.");
        }
        pair.State = _pairs.Exists(other => other.State is PairState.Waiting or PairState.InProgress && other.SharesFoundation(pair)) ? PairState.Frozen : PairState.Waiting;
        _dropped.RemoveAll(report => report.Base == pair.Base && report.Remote == pair.To);
        _pairs.Add(pair);
        return true;
    }

    public void Drop(CandidatePair pair, string why)
    {
        if (!_pairs.Remove(pair)) return;
        pair.Trouble ??= why;
        if (_dropped.Count >= options.PairsMax) _dropped.RemoveAt(0);
        _dropped.Add(PairReport.Of(pair, isSelected: false));
    }

    public void DropAll(Predicate<CandidatePair> unwanted, string why)
    {
        foreach (var pair in _pairs.Where(pair => unwanted(pair)).ToList()) Drop(pair, why);
    }

    /// <summary>RFC 8445 §7.2.5.3.3: a success lets the frozen pairs of its foundation go.</summary>
    public void Unfreeze(CandidatePair succeeded)
    {
        foreach (var pair in _pairs)
        {
            if (pair.State == PairState.Frozen && pair.SharesFoundation(succeeded)) pair.State = PairState.Waiting;
        }
    }

    /// <summary>
    /// The pair whose ordinary check is next (RFC 8445 §6.1.4.2): the best that waits; if none does, the best frozen one of whose foundation none is being tried.
    /// </summary>
    /// <param name="floor">Pairs below are not worth a check any more: a better one is nominated (§8.1.2).</param>
    public CandidatePair? NextToCheck(ulong floor)
    {
        CandidatePair? waiting = null, frozen = null;
        foreach (var pair in _pairs)
        {
            if (pair.Priority < floor) continue;
            if (pair.State == PairState.Waiting && (waiting is null || pair.Priority > waiting.Priority)) waiting = pair;
            if (pair.State == PairState.Frozen && (frozen is null || pair.Priority > frozen.Priority) && !IsBeingTried(pair)) frozen = pair;
        }
        return waiting ?? frozen;
    }

    /// <summary>One of its foundation is.</summary>
    private bool IsBeingTried(CandidatePair pair) => _pairs.Exists(other => other.State == PairState.InProgress && other.SharesFoundation(pair));

    /// <summary>The best pair over which data may go: valid, and answered within the time of consent (RFC 7675 §5.1).</summary>
    public CandidatePair? BestValid(Instant now)
    {
        CandidatePair? best = null;
        foreach (var pair in _pairs)
        {
            if (pair.IsValid && now < pair.AnsweredAt + options.ConsentExpiry && (best is null || pair.Priority > best.Priority)) best = pair;
        }
        return best;
    }

    /// <summary>Of the nominated and valid pairs the one for which the controlling side has asked last.</summary>
    public CandidatePair? LastAskedFor()
    {
        CandidatePair? last = null;
        foreach (var pair in _pairs)
        {
            if (pair is { IsNominated: true, IsValid: true, UseCandidateAt: not null } && (last is null || pair.UseCandidateAt > last.UseCandidateAt)) last = pair;
        }
        return last;
    }

    public void SetPriorities(IceRole role)
    {
        foreach (var pair in _pairs) pair.SetPriority(role);
    }
}
