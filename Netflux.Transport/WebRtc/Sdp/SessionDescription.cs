using System.Diagnostics.CodeAnalysis;

namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>Which half of an exchange a description is (RFC 3264). The text itself does not say.</summary>
internal enum DescriptionType
{
    Offer,
    Answer,
}

/// <summary>How the data section names its protocols in the <c>m=</c> line.</summary>
internal enum DataSectionForm
{
    /// <summary><c>UDP/DTLS/SCTP webrtc-datachannel</c> (RFC 8841 §4).</summary>
    Udp,
    /// <summary><c>TCP/DTLS/SCTP webrtc-datachannel</c>: the default candidate is TCP; the others may be UDP all the same.</summary>
    Tcp,
    /// <summary><c>DTLS/SCTP 5000</c> with <c>a=sctpmap:5000 webrtc-datachannel 1024</c>, the drafts before RFC 8841.</summary>
    Draft,
}

/// <summary>A media section that is not ours: audio, video, or a second one for data. An answer refuses it with port 0 and keeps its place (RFC 3264 §6).</summary>
/// <param name="Media">audio and the like.</param>
/// <param name="Formats">What follows the protocol; a refusal repeats it.</param>
internal sealed record OtherSection(string Media, string Protocol, string Formats, string? Mid);

/// <summary>
/// An offer or an answer with one section for data channels (RFC 8829, RFC 8841), which is all that is spoken here. Credentials, fingerprints, setup and ICE options may stand before the
/// sections or in them; the section's own count (RFC 8839 §4.2, RFC 8122 §5, RFC 4145 §4).
/// </summary>
internal sealed record SessionDescription
{
    public required DescriptionType Type { get; init; }

    /// <summary>RFC 8829 §5.2.1: drawn at random, below 2⁶³; the version grows with each description of the session that differs.</summary>
    public ulong SessionId { get; init; }

    public ulong SessionVersion { get; init; }

    /// <summary>The section's name (RFC 5888 §4). Null where the offerer gives none, and then the answer has none.</summary>
    public string? Mid { get; init; } = "0";

    /// <summary>Whether a BUNDLE group names the section (RFC 9143 §7). With one section nothing hangs on it, yet an answer says what the offer said.</summary>
    public bool IsBundled { get; init; } = true;

    /// <summary>The place of the data section among all sections; trickle calls it sdpMLineIndex.</summary>
    public int Index { get; init; }

    /// <summary>The sections before and after it.</summary>
    public IReadOnlyList<OtherSection> Others { get; init; } = [];

    public DataSectionForm Form { get; init; }

    public required string IceUfrag { get; init; }

    public required string IcePwd { get; init; }

    /// <summary>The other side only answers checks (RFC 8445 §2.5).</summary>
    public bool IsIceLite { get; init; }

    /// <summary>Candidates may follow (RFC 8840 §4.1).</summary>
    public bool Trickles { get; init; } = true;

    /// <summary>It goes by RFC 8445 and not by its forerunner: no aggressive nomination (RFC 8445 §10). Browsers do, and do not say it.</summary>
    public bool IsIce2 { get; init; }

    /// <summary>At least one. The certificate has to match one of them (RFC 8122 §5).</summary>
    public required IReadOnlyList<CertificateFingerprint> Fingerprints { get; init; }

    public required SetupRole Setup { get; init; }

    public ushort SctpPort { get; init; } = SdpOptions.SctpPortDefault;

    /// <summary>What the describing side takes at most in one message; 0 is any size (RFC 8841 §6.1).</summary>
    public long MaxMessageBytes { get; init; } = SdpOptions.MaxMessageBytesDefault;

    /// <summary>Those that can be used here (<see cref="CandidateLine.IsUsable"/>).</summary>
    public IReadOnlyList<CandidateLine> Candidates { get; init; } = [];

    /// <summary>No candidates will follow (RFC 8840 §4.2).</summary>
    public bool EndOfCandidates { get; init; }

    /// <summary>
    /// Never throws. False with what is wrong, as a sentence without its capital and full stop: "the section for data channels has no ice-ufrag".
    /// Of several sections for data the first that is not refused counts.
    /// </summary>
    public static bool TryParse(DescriptionType type, ReadOnlySpan<char> text, [NotNullWhen(true)] out SessionDescription? description, [NotNullWhen(false)] out string? why)
    {
        why = new SessionDescriptionReader().Read(type, text, out description);
        return description is not null;
    }

    /// <summary>
    /// What this side would have offered, made the answer to an offer: the sections, their names and their form are the offer's, and the role in DTLS is what it leaves (RFC 8842 §5.3).
    /// </summary>
    public SessionDescription AsAnswerTo(SessionDescription offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        return this with
        {
            Type = DescriptionType.Answer,
            Mid = offer.Mid,
            IsBundled = offer.IsBundled,
            Index = offer.Index,
            Others = offer.Others,
            Form = offer.Form,
            Setup = SetupRoles.AnswerTo(offer.Setup),
        };
    }

    /// <summary>Whether an answer belongs to this offer: RFC 3264 §6 wants the same sections in the same places, RFC 8842 §5.3 opposite roles.</summary>
    public bool Fits(SessionDescription answer, [NotNullWhen(false)] out string? why)
    {
        ArgumentNullException.ThrowIfNull(answer);
        why = answer.Index != Index || answer.Others.Count != Others.Count ? "the answer has other sections than the offer"
            : answer.Mid is not null && answer.Mid != Mid ? $"the answer calls the section {SdpText.Quote(answer.Mid)}, which the offer calls {SdpText.Quote(Mid)}"
            : !SetupRoles.TryNegotiate(Setup, answer.Setup, out _) ? $"the answer's setup:{answer.Setup.ToText()} does not fit the offer's setup:{Setup.ToText()}"
            : null;
        return why is null;
    }

    /// <summary>The largest message that may be sent to who wrote this, by a side that sends none above <paramref name="ours"/> (RFC 8841 §6.1).</summary>
    public int MessageBytesMaxTo(int ours) => MaxMessageBytes == 0 ? ours : (int)Math.Min(ours, MaxMessageBytes);

    public override string ToString() => SessionDescriptionWriter.Write(this);
}
