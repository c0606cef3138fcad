using System.Globalization;
using System.Text;

namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>Writes a description in the order of RFC 8829 §5.2.1, as browsers do.</summary>
internal static class SessionDescriptionWriter
{
    public static string Write(SessionDescription description)
    {
        var text = new StringBuilder(1024);
        Line(text, "v=0");
        // RFC 8829 §5.2.1: the address says nothing, so it is one that tells nothing.
        Line(text, $"o=- {description.SessionId} {description.SessionVersion} IN IP4 127.0.0.1");
        Line(text, "s=-");
        Line(text, "t=0 0");
        if (description is { IsBundled: true, Mid: { } bundled }) Line(text, $"a=group:BUNDLE {bundled}");
        if (description.IsIceLite) Line(text, "a=ice-lite"); // RFC 8839 §5.3: before the sections only
        for (var i = 0; i < description.Index; i++) WriteRefused(text, description.Others[i]);
        WriteData(text, description);
        for (var i = description.Index; i < description.Others.Count; i++) WriteRefused(text, description.Others[i]);
        return text.ToString();
    }

    private static void WriteData(StringBuilder text, SessionDescription description)
    {
        // Port 9 and no address also where there are candidates: RFC 8839 §4.2.1.2 wants a default candidate here for peers without ICE, and there are no such peers of data channels.
        Line(text, description.Form switch
        {
            DataSectionForm.Udp => "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
            DataSectionForm.Tcp => "m=application 9 TCP/DTLS/SCTP webrtc-datachannel",
            _ => string.Create(CultureInfo.InvariantCulture, $"m=application 9 DTLS/SCTP {description.SctpPort}"),
        });
        Line(text, "c=IN IP4 0.0.0.0");
        foreach (var candidate in description.Candidates)
        {
            text.Append("a=");
            candidate.Write(text);
            text.Append("\r\n");
        }
        if (description.EndOfCandidates) Line(text, "a=end-of-candidates");
        Line(text, $"a=ice-ufrag:{description.IceUfrag}");
        Line(text, $"a=ice-pwd:{description.IcePwd}");
        if (description.Trickles || description.IsIce2)
            Line(text, $"a=ice-options:{(description.Trickles ? description.IsIce2 ? "trickle ice2" : "trickle" : "ice2")}");
        foreach (var fingerprint in description.Fingerprints) Line(text, $"a=fingerprint:{fingerprint}");
        Line(text, $"a=setup:{description.Setup.ToText()}");
        if (description.Mid is not null) Line(text, $"a=mid:{description.Mid}");
        Line(text, description.Form == DataSectionForm.Draft ? $"a=sctpmap:{description.SctpPort} webrtc-datachannel 1024" : $"a=sctp-port:{description.SctpPort}");
        Line(text, $"a=max-message-size:{description.MaxMessageBytes}");
    }

    /// <summary>RFC 3264 §6: a refused section has port 0; at least one format stays, or the line would be no <c>m=</c> line. It is in no group (RFC 9143 §7.3.3).</summary>
    private static void WriteRefused(StringBuilder text, OtherSection section)
    {
        Line(text, $"m={section.Media} 0 {section.Protocol} {section.Formats}");
        Line(text, "c=IN IP4 0.0.0.0");
        if (section.Mid is not null) Line(text, $"a=mid:{section.Mid}");
        Line(text, "a=inactive");
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append("\r\n");

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
}
