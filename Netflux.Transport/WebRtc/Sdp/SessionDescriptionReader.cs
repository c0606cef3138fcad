namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>Reads one description line by line (RFC 8866 §5, RFC 8829 §5.8): what stands before the first <c>m=</c> holds for all sections that do not say otherwise.</summary>
internal sealed class SessionDescriptionReader
{
    private readonly SectionAttributes _session = new();
    private readonly List<OtherSection> _others = [];
    private readonly List<string> _bundled = [];
    private ulong _sessionId, _sessionVersion;
    private bool _isIceLite;
    private DataLine? _data;                            // the section that counts, once it was met
    private int _index;
    private SectionAttributes? _section;                // of the section that is being read
    private MediaLine? _media;
    private bool _refused;                              // a section for data was met, and had port 0

    /// <summary>The data section with what its <c>m=</c> line said.</summary>
    private sealed record DataLine(DataSectionForm Form, ushort? DraftPort, SectionAttributes Attributes);

    private sealed record MediaLine(string Media, ushort Port, string Protocol, string Formats);

    /// <summary>Returns what is wrong, or null.</summary>
    public string? Read(DescriptionType type, ReadOnlySpan<char> text, out SessionDescription? description)
    {
        description = null;
        if (text.Length > SdpOptions.TextCharsMax) return "the description is longer than 64 Ki characters";
        var number = 0;
        foreach (var range in text.Split('\n'))
        {
            // RFC 8866 §5: lines end with CRLF, and parsers SHOULD take LF alone.
            var line = text[range].TrimEnd('\r');
            number++;
            if (line.IsEmpty) continue;
            if (line.Length < 2 || !char.IsAsciiLetterLower(line[0]) || line[1] != '=') return $"line {number} is {SdpText.Quote(line)}, which does not begin with a letter and =";
            var value = line[2..];
            if (number == 1 && line is not "v=0") return $"a description begins with v=0, not with {SdpText.Quote(line)}";
            var why = line[0] switch
            {
                'o' => ReadOrigin(value),
                'm' => ReadMedia(value),
                'a' when _section is null => ReadSessionAttribute(value),
                'a' => _section.Read(value),
                _ => null,
            };
            if (why is not null) return why;
        }
        if (number == 0 || text.IsEmpty) return "the description is empty";
        EndSection();
        return Assemble(type, out description);
    }

    private string? ReadOrigin(ReadOnlySpan<char> value)
    {
        // Only shown, never decided upon, so what is no number is 0.
        SdpText.NextWord(ref value);
        SdpText.TryReadNumber(SdpText.NextWord(ref value), out _sessionId);
        SdpText.TryReadNumber(SdpText.NextWord(ref value), out _sessionVersion);
        return null;
    }

    private string? ReadMedia(ReadOnlySpan<char> value)
    {
        EndSection();
        if (_others.Count >= SdpOptions.SectionsMax) return "the description has more than 128 sections";
        var whole = value;
        var media = SdpText.NextWord(ref value);
        var port = SdpText.NextWord(ref value);
        var protocol = SdpText.NextWord(ref value);
        var formats = value.Trim(' ');
        if (port.IndexOf('/') is > 0 and var slash) port = port[..slash]; // RFC 8866 §5.14: <port>/<number of ports>
        if (!SdpText.IsToken(media) || !SdpText.TryReadPort(port, out var portNumber) || protocol.IsEmpty || formats.IsEmpty || whole.ContainsAnyExceptInRange(' ', '~'))
            return $"the section m={SdpText.Quote(whole)} is not media, port, protocol and formats";
        _media = new(media.ToString(), portNumber, protocol.ToString(), formats.ToString());
        _section = new SectionAttributes();
        return null;
    }

    private string? ReadSessionAttribute(ReadOnlySpan<char> value)
    {
        if (value is "ice-lite") _isIceLite = true;
        if (!value.StartsWith("group:BUNDLE", StringComparison.Ordinal)) return _session.Read(value);
        var mids = value["group:BUNDLE".Length..];
        while (SdpText.NextWord(ref mids) is { IsEmpty: false } mid && _bundled.Count < SdpOptions.SectionsMax) _bundled.Add(mid.ToString());
        return null;
    }

    private void EndSection()
    {
        if (_media is not { } media || _section is not { } section) return;
        var form = FormOf(media, section, out var draftPort);
        if (form is not null) _refused |= media.Port == 0;
        // RFC 9143 §6: port 0 with bundle-only is no refusal, but borrows the transport of another section of the group, which here would be refused; so it is not taken either.
        if (form is { } known && media.Port != 0 && _data is null)
        {
            _data = new(known, draftPort, section);
            _index = _others.Count;
        }
        else _others.Add(new(media.Media, media.Protocol, media.Formats, section.Mid));
        _media = null;
    }

    private static DataSectionForm? FormOf(MediaLine media, SectionAttributes section, out ushort? draftPort)
    {
        draftPort = null;
        if (media.Media != "application") return null;
        switch (media.Protocol)
        {
            case "UDP/DTLS/SCTP" when media.Formats == "webrtc-datachannel": return DataSectionForm.Udp;
            case "TCP/DTLS/SCTP" when media.Formats == "webrtc-datachannel": return DataSectionForm.Tcp;
            case "DTLS/SCTP" when SdpText.TryReadPort(media.Formats, out var port) && section.DraftPort == port:
                draftPort = port;
                return DataSectionForm.Draft;
            default: return null;
        }
    }

    private string? Assemble(DescriptionType type, out SessionDescription? description)
    {
        description = null;
        if (_data is not { } data)
            return _refused ? "the section for data channels has port 0: it is refused" : "there is no section for data channels (m=application … UDP/DTLS/SCTP webrtc-datachannel)";
        var own = data.Attributes;
        // RFC 8839 §5.4: user fragment and password belong together, so both are the section's or both are the session's.
        var credentials = own.IceUfrag is not null || own.IcePwd is not null ? own : _session;
        var fingerprints = own.Fingerprints.Count > 0 ? own.Fingerprints : _session.Fingerprints;
        if (credentials.IceUfrag is null) return "the section for data channels has no ice-ufrag";
        if (credentials.IcePwd is null) return "the section for data channels has no ice-pwd";
        if (fingerprints.Count == 0) return own.UnknownHash ?? _session.UnknownHash ?? "the section for data channels has no fingerprint";
        if ((own.Setup ?? _session.Setup) is not { } setup) return "the section for data channels has no setup";
        if (type == DescriptionType.Answer && setup == SetupRole.ActPass) return "an answer has to choose between setup:active and setup:passive";
        description = new()
        {
            Type = type,
            SessionId = _sessionId,
            SessionVersion = _sessionVersion,
            Mid = own.Mid,
            IsBundled = own.Mid is not null && _bundled.Contains(own.Mid),
            Index = _index,
            Others = _others,
            Form = data.Form,
            IceUfrag = credentials.IceUfrag,
            IcePwd = credentials.IcePwd,
            IsIceLite = _isIceLite,
            Trickles = own.Trickles || _session.Trickles,
            IsIce2 = own.IsIce2 || _session.IsIce2,
            Fingerprints = fingerprints,
            Setup = setup,
            SctpPort = own.SctpPort ?? data.DraftPort ?? SdpOptions.SctpPortDefault,
            MaxMessageBytes = own.MaxMessageBytes ?? SdpOptions.MaxMessageBytesDefault,
            Candidates = own.Candidates,
            EndOfCandidates = own.EndOfCandidates || _session.EndOfCandidates,
        };
        return null;
    }
}
