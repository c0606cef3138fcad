using System.Diagnostics.CodeAnalysis;

namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>What arrives between the descriptions (RFC 8838 §11), one line at a time.</summary>
internal abstract record TrickledCandidate
{
    private TrickledCandidate()
    {
    }

    public sealed record Usable(CandidateLine Candidate) : TrickledCandidate;

    /// <summary>It was understood, and there is nothing to do with it here: TCP, or the component of RTCP.</summary>
    public sealed record Ignored(CandidateLine Candidate) : TrickledCandidate;

    /// <summary>There will be no more in this generation (RFC 8838 §14; RFC 8840 §4.2): <c>a=end-of-candidates</c>, or nothing at all as browsers write it.</summary>
    public sealed record End : TrickledCandidate;

    /// <summary>False where the text is no candidate, with what is wrong with it.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out TrickledCandidate? trickled, out string? why)
    {
        trickled = null;
        why = null;
        if (text.Trim() is "" or "candidate:" or "a=candidate:" or "end-of-candidates" or "a=end-of-candidates") trickled = new End();
        else if (CandidateLine.TryParse(text, out var candidate, out why)) trickled = candidate.IsUsable ? new Usable(candidate) : new Ignored(candidate);
        return trickled is not null;
    }
}
