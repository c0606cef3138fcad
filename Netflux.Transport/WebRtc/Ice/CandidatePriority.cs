namespace Netflux.Transport.WebRtc.Ice;

/// <summary>The two formulas of priority.</summary>
internal static class CandidatePriority
{
    public const int LocalPreferenceMax = 65535;

    private const uint Component = 256 - 1; // RFC 8445 §5.1.2.1: 256 − component; a data channel has component 1 alone

    /// <summary>RFC 8445 §5.1.2.1: 2²⁴ × type preference + 2⁸ × local preference + 256 − component, with the preferences that §5.1.2.2 recommends.</summary>
    public static uint Of(CandidateType type, int localPreference) => TypePreference(type) << 24 | (uint)localPreference << 8 | Component;

    /// <summary>RFC 8445 §6.1.2.3: 2³² × min(G, D) + 2 × max(G, D) + (G &gt; D ? 1 : 0), where G is of the controlling agent's candidate and D of the other's.</summary>
    public static ulong OfPair(uint controlling, uint controlled) =>
        ((ulong)Math.Min(controlling, controlled) << 32) + 2ul * Math.Max(controlling, controlled) + (controlling > controlled ? 1ul : 0);

    private static uint TypePreference(CandidateType type) => type switch
    {
        CandidateType.Host => 126,
        CandidateType.PeerReflexive => 110,
        CandidateType.ServerReflexive => 100,
        CandidateType.Relayed => 0,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of candidate."),
    };
}
