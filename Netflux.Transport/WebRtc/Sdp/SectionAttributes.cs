namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>The attributes of one section, or of the session, that say something here; the others are passed over (RFC 8866 §5.13). Of one that stands twice the first counts.</summary>
internal sealed class SectionAttributes
{
    public string? Mid { get; private set; }

    public string? IceUfrag { get; private set; }

    public string? IcePwd { get; private set; }

    public bool Trickles { get; private set; }

    public bool IsIce2 { get; private set; }

    public List<CertificateFingerprint> Fingerprints { get; } = [];

    /// <summary>Why a fingerprint was passed over, for the case that no other is left.</summary>
    public string? UnknownHash { get; private set; }

    public SetupRole? Setup { get; private set; }

    public ushort? SctpPort { get; private set; }

    /// <summary>The port that an <c>a=sctpmap</c> gives to webrtc-datachannel.</summary>
    public ushort? DraftPort { get; private set; }

    public long? MaxMessageBytes { get; private set; }

    public List<CandidateLine> Candidates { get; } = [];

    public bool EndOfCandidates { get; private set; }

    /// <summary>Reads what follows <c>a=</c>. Returns what is wrong with it, or null.</summary>
    public string? Read(ReadOnlySpan<char> attribute)
    {
        var colon = attribute.IndexOf(':');
        var name = colon < 0 ? attribute : attribute[..colon];
        var value = colon < 0 ? default : attribute[(colon + 1)..].Trim(' ');
        switch (name)
        {
            case "mid" when Mid is null: return ReadMid(value);
            case "ice-ufrag" when IceUfrag is null: return ReadUfrag(value);
            case "ice-pwd" when IcePwd is null: return ReadPwd(value);
            case "ice-options": ReadOptions(value); return null;
            case "fingerprint": return ReadFingerprint(value);
            case "setup" when Setup is null: return ReadSetup(value);
            case "sctp-port" when SctpPort is null: return ReadSctpPort(value);
            case "sctpmap" when DraftPort is null: ReadSctpMap(value); return null;
            case "max-message-size" when MaxMessageBytes is null: return ReadMaxMessageSize(value);
            case "candidate": ReadCandidate(value); return null;
            case "end-of-candidates": EndOfCandidates = true; return null;
            default: return null;
        }
    }

    private string? ReadMid(ReadOnlySpan<char> value)
    {
        if (!SdpText.IsToken(value)) return $"mid:{SdpText.Quote(value)} is not one word";
        Mid = value.ToString();
        return null;
    }

    private string? ReadUfrag(ReadOnlySpan<char> value)
    {
        if (!SdpText.IsIceChars(value, SdpOptions.UfragCharsMin, SdpOptions.CredentialCharsMax)) return "the ice-ufrag is not 4 to 256 letters, digits, + or /";
        IceUfrag = value.ToString();
        return null;
    }

    private string? ReadPwd(ReadOnlySpan<char> value)
    {
        if (!SdpText.IsIceChars(value, SdpOptions.PwdCharsMin, SdpOptions.CredentialCharsMax)) return "the ice-pwd is not 22 to 256 letters, digits, + or /";
        IcePwd = value.ToString();
        return null;
    }

    private void ReadOptions(ReadOnlySpan<char> value)
    {
        // RFC 8839 §5.6 separates options by spaces; libdatachannel writes "ice2,trickle".
        foreach (var range in value.SplitAny(' ', ','))
        {
            Trickles |= value[range] is "trickle";
            IsIce2 |= value[range] is "ice2";
        }
    }

    private string? ReadFingerprint(ReadOnlySpan<char> value)
    {
        if (Fingerprints.Count >= SdpOptions.FingerprintsMax) return null;
        if (CertificateFingerprint.TryParse(value, out var fingerprint, out var why)) Fingerprints.Add(fingerprint);
        else if (CertificateFingerprint.IsKnownHash(value)) return why;
        else UnknownHash ??= why;
        return null;
    }

    private string? ReadSetup(ReadOnlySpan<char> value)
    {
        if (!SetupRoles.TryParse(value, out var role)) return $"setup:{SdpText.Quote(value)} is none of actpass, active and passive";
        Setup = role;
        return null;
    }

    private string? ReadSctpPort(ReadOnlySpan<char> value)
    {
        // RFC 8841 §5.1: port 0 closes the association.
        if (!SdpText.TryReadPort(value, out var port) || port == 0) return $"sctp-port:{SdpText.Quote(value)} is not a port";
        SctpPort = port;
        return null;
    }

    private void ReadSctpMap(ReadOnlySpan<char> value)
    {
        if (SdpText.TryReadPort(SdpText.NextWord(ref value), out var port) && port != 0 && SdpText.NextWord(ref value) is "webrtc-datachannel") DraftPort = port;
    }

    private string? ReadMaxMessageSize(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange('0', '9')) return $"max-message-size:{SdpText.Quote(value)} is not a number";
        // What does not fit is more than anybody will send.
        MaxMessageBytes = SdpText.TryReadNumber(value, out var bytes) && bytes <= long.MaxValue ? (long)bytes : long.MaxValue;
        return null;
    }

    private void ReadCandidate(ReadOnlySpan<char> value)
    {
        // RFC 8839 §5.1: a candidate that is not understood is ignored; one that cannot be reached does not make the others unreachable.
        if (Candidates.Count < SdpOptions.CandidatesMax && CandidateLine.TryParse(value, out var candidate, out _) && candidate.IsUsable) Candidates.Add(candidate);
    }
}
