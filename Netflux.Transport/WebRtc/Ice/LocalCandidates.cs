using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Our candidates, with the foundation and the preference that each has among the others. They outlive restarts.</summary>
internal sealed class LocalCandidates(IceOptions options)
{
    /// <summary>Below all others: addresses that only few can reach. Half of the range.</summary>
    private const int NarrowScope = -32768;

    private readonly List<LocalCandidate> _candidates = [];
    private readonly List<FoundationKey> _foundations = [];
    private readonly List<TransportAddress> _bases = [];

    /// <summary>RFC 8445 §5.1.1.3: the port does not count. The base address as a number, and the server's.</summary>
    private readonly record struct FoundationKey(CandidateType Type, UInt128 BaseBits, UInt128? Server);

    public IReadOnlyList<LocalCandidate> All => _candidates;

    /// <summary>False where it is redundant (RFC 8445 §5.1.3): the same address of the same base is there, as when no NAT stands before a STUN server.</summary>
    public bool TryAdd(LocalCandidateFound found, [NotNullWhen(true)] out LocalCandidate? candidate)
    {
        candidate = null;
        if (_candidates.Count >= options.LocalCandidatesMax || _candidates.Exists(other => other.Base == found.Base && other.Address == found.Address)) return false;
        candidate = new LocalCandidate(found.Base, found.Type, found.Address, found.BaseAddress, found.Related, PreferenceOf(found.BaseAddress), FoundationOf(found));
        _candidates.Add(candidate);
        return true;
    }

    public bool Has(IceBase @base)
    {
        foreach (var candidate in _candidates)
        {
            if (candidate.Base == @base) return true;
        }
        return false;
    }

    public void Remove(IceBase lost) => _candidates.RemoveAll(candidate => candidate.Base == lost);

    /// <summary>
    /// The candidate by which a check from this address came to this base: the best that could reach it; otherwise any of the family, as what has come can be answered.
    /// </summary>
    public LocalCandidate? Receiving(IceBase @base, TransportAddress from)
    {
        LocalCandidate? best = null;
        var bestReaches = false;
        foreach (var candidate in _candidates)
        {
            if (candidate.Base != @base || !IsPaired(candidate) || candidate.BaseAddress.IsIPv4 != from.IsIPv4) continue;
            var reaches = candidate.BaseAddress.CanReach(from);
            if (best is not null && (reaches, candidate.Priority).CompareTo((bestReaches, best.Priority)) <= 0) continue;
            (best, bestReaches) = (candidate, reaches);
        }
        return best;
    }

    /// <summary>The candidate of this base at this address.</summary>
    public LocalCandidate? Find(IceBase @base, in TransportAddress address)
    {
        foreach (var candidate in _candidates)
        {
            if (candidate.Base == @base && candidate.Address == address) return candidate;
        }
        return null;
    }

    /// <summary>RFC 8445 §6.1.2.4: a reflexive candidate is sent from its base, whose host candidate makes the same pair.</summary>
    public static bool IsPaired(LocalCandidate candidate) => candidate.Type is CandidateType.Host or CandidateType.Relayed;

    private string FoundationOf(LocalCandidateFound found)
    {
        var key = new FoundationKey(found.Type, found.BaseAddress.Bits, found.Server?.Bits);
        var index = _foundations.IndexOf(key);
        if (index < 0)
        {
            index = _foundations.Count;
            _foundations.Add(key);
        }
        return (index + 1).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>RFC 8421 §4: the families take turns, IPv6 first, each in the order in which the bases were found, so that a broken family costs one check at a time.</summary>
    private int PreferenceOf(in TransportAddress baseAddress)
    {
        var isIPv4 = baseAddress.IsIPv4;
        if (!_bases.Contains(baseAddress)) _bases.Add(baseAddress);
        var index = _bases.Where(other => other.IsIPv4 == isIPv4).ToList().IndexOf(baseAddress);
        var narrow = baseAddress.IsLinkLocal() || baseAddress.IsLoopback() ? NarrowScope : 0;
        return CandidatePriority.LocalPreferenceMax - 2 * index - (isIPv4 ? 1 : 0) + narrow;
    }
}
