using System.Text;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Sessions;

/// <summary>
/// One description, an offer or an answer, and the candidates that are found for it. It waits a moment for the first of them, so that they travel inside; later ones are sent together.
/// </summary>
internal sealed class CandidateBatch(LinkSearchOptions options)
{
    private readonly List<string> _found = [];
    private string? _description;
    private bool _ended;
    private bool _toldEnded;
    private int _told;              // of those found, how many have travelled

    /// <summary>When the description, or what was found after it, is to be sent; null: nothing is waiting.</summary>
    public Instant? DueAt { get; private set; }

    public bool IsDescribed => _description is not null;

    public void HandleDescription(string sdp, Instant now)
    {
        _description = sdp;
        _ended |= sdp.Contains(EndOfCandidates, StringComparison.Ordinal);
        DueAt = _ended ? now : now + options.FirstCandidatesWait;
    }

    /// <param name="line">Empty: there will be no others.</param>
    /// <param name="now">The time.</param>
    public void HandleCandidate(string line, Instant now)
    {
        if (line.Length == 0) _ended = true;
        else if (RecordText.IsCandidate(line) && _description?.Contains(line, StringComparison.Ordinal) != true) _found.Add(line);
        if (_told == _found.Count && _toldEnded == _ended) return;
        if (_ended && IsDescribed) DueAt = now;
        else if (IsDescribed) DueAt ??= now + options.CandidatesWait;
    }

    /// <summary>The description with all candidates found so far that fit into it. What does not fit is due at once.</summary>
    public string Describe(Instant now)
    {
        var text = new StringBuilder(_description ?? throw new InvalidOperationException("There is no description yet."));
        var space = IdentityOptions.DescriptionBytesMax - EndOfCandidates.Length;
        for (_told = 0; _told < _found.Count && text.Length + _found[_told].Length + 4 <= space; _told++) text.Append("a=").Append(_found[_told]).Append("\r\n");
        _toldEnded = _ended && _told == _found.Count;
        if (_toldEnded && !_description.Contains(EndOfCandidates, StringComparison.Ordinal)) text.Append(EndOfCandidates);
        DueAt = _told < _found.Count ? now : null;
        return text.ToString();
    }

    /// <summary>The next candidates to be sent; to be asked again until none are left.</summary>
    public ConnectionSignal.Candidates? TakeCandidates(OfferId connection)
    {
        DueAt = null;
        if (_told == _found.Count && _toldEnded == _ended) return null;
        var lines = _found.Skip(_told).Take(IdentityOptions.CandidatesMax).ToList();
        _told += lines.Count;
        _toldEnded = _ended && _told == _found.Count;
        return new ConnectionSignal.Candidates(connection, lines, _toldEnded);
    }

    // RFC 8840 §8.2: an attribute of the section, as candidates are.
    private const string EndOfCandidates = "a=end-of-candidates\r\n";
}
