using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>A check that came before the other side's description. It is answered (RFC 8445 §7.3), and triggers ours once the description is there.</summary>
internal readonly record struct EarlyCheck(IceBase Base, TransportAddress From, uint Priority, bool UseCandidate);

/// <summary>What begins and ends with a pair of credentials: from the start, or from one restart to the next (RFC 8445 §9).</summary>
internal sealed class IceSession(IceCredentials local, IceOptions options)
{
    private string? _usernameAsked;

    public IceCredentials Local => local;

    /// <summary>Null until the other side has described itself.</summary>
    public IceCredentials? Remote { get; set; }

    /// <summary>Of our checks (RFC 8445 §7.2.2): who is asked, then who asks.</summary>
    public string UsernameAsked => _usernameAsked ??= $"{Remote!.Ufrag}:{local.Ufrag}";

    public Checklist Checklist { get; } = new(options);

    public List<RemoteCandidate> RemoteCandidates { get; } = [];

    /// <summary>Candidates behind names, resolved or not.</summary>
    public List<RemoteNameFound> RemoteNames { get; } = [];

    /// <summary>Candidates that came before the description, in their order.</summary>
    public List<IceFact> Undescribed { get; } = [];

    public List<EarlyCheck> EarlyChecks { get; } = [];

    /// <summary>-1 where none came that way.</summary>
    public int IndexOfEarly(IceBase @base, in TransportAddress from)
    {
        for (var i = 0; i < EarlyChecks.Count; i++)
        {
            if (EarlyChecks[i].Base == @base && EarlyChecks[i].From == from) return i;
        }
        return -1;
    }

    public bool RemoteEnded { get; set; }

    /// <summary>Until then nothing working is no failure (RFC 8863 §3).</summary>
    public Instant PatientUntil { get; set; }

    /// <summary>The pair on which both sides have agreed.</summary>
    public CandidatePair? Selected { get; set; }

    public string SelectedWhy { get; set; } = "";

    /// <summary>Since when there is one.</summary>
    public Instant? SelectedSince { get; set; }

    /// <summary>How the last pair in use was lost.</summary>
    public string? Loss { get; set; }
}
