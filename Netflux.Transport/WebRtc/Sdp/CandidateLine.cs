using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>How a candidate came about (RFC 8839 §5.1, cand-type).</summary>
internal enum CandidateLineType
{
    Host,
    ServerReflexive,
    PeerReflexive,
    Relayed,
}

/// <summary>
/// A candidate as descriptions and trickle carry it (RFC 8839 §5.1):
/// <code>
/// candidate:&lt;foundation&gt; &lt;component&gt; &lt;transport&gt; &lt;priority&gt; &lt;address&gt; &lt;port&gt; typ &lt;type&gt; [raddr &lt;address&gt; rport &lt;port&gt;] {&lt;name&gt; &lt;value&gt;}
/// </code>
/// </summary>
/// <param name="Component">1 here; pion tells the same candidate for component 2 (RTCP) as well.</param>
/// <param name="Transport">In lower case: udp, or what cannot be used here.</param>
/// <param name="Host">An address, or a name: browsers hide addresses behind mDNS names that end in <c>.local</c> (draft-ietf-mmusic-mdns-ice-candidates).</param>
/// <param name="Related">For all but hosts, where it was taken from (RFC 8839 §5.1); for people, no decision hangs on it. Null where it is not told or hidden behind a name.</param>
/// <param name="Ufrag">Which generation of credentials it belongs to, where the sender says so (RFC 8838 §11, as W3C's WebRTC writes it).</param>
internal sealed record CandidateLine(
    string Foundation,
    int Component,
    string Transport,
    uint Priority,
    string Host,
    ushort Port,
    CandidateLineType Type,
    TransportAddress? Related = null,
    string? Ufrag = null)
{
    private const string Prefix = "candidate:";

    public static CandidateLine Udp(string foundation, uint priority, in TransportAddress address, CandidateLineType type, TransportAddress? related = null, string? ufrag = null) =>
        new(foundation, 1, "udp", priority, address.Address.ToString(), address.Port, type, related, ufrag);

    /// <summary>UDP and the first component. RFC 8839 §5.1: candidates with a transport that is not supported are ignored.</summary>
    public bool IsUsable => Component == 1 && Transport == "udp" && Port != 0;

    /// <summary>False where <see cref="Host"/> is a name.</summary>
    public bool TryGetAddress(out TransportAddress address)
    {
        var found = SdpText.TryReadAddress(Host, out var ip);
        address = found ? TransportAddress.From(ip!, Port) : default;
        return found;
    }

    /// <summary>With or without <c>a=</c> and <c>candidate:</c> before it. Attributes that are not known are passed over (RFC 8839 §5.1).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out CandidateLine? candidate, out string? why)
    {
        candidate = null;
        why = Read(text, ref candidate);
        return candidate is not null;
    }

    public void Write(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{Prefix}{Foundation} {Component} {Transport} {Priority} {Host} {Port} typ {TypeText(Type)}");
        if (Related is { } related) text.Append(CultureInfo.InvariantCulture, $" raddr {related.Address} rport {related.Port}");
        if (Ufrag is not null) text.Append(" ufrag ").Append(Ufrag);
    }

    /// <summary>As trickle carries it, without <c>a=</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private static string? Read(ReadOnlySpan<char> text, ref CandidateLine? candidate)
    {
        if (text.Length > SdpOptions.CandidateCharsMax) return "a candidate is longer than anything that a candidate says";
        var rest = text.Trim();
        if (rest.StartsWith("a=", StringComparison.Ordinal)) rest = rest[2..];
        if (rest.StartsWith(Prefix, StringComparison.Ordinal)) rest = rest[Prefix.Length..];

        var foundation = SdpText.NextWord(ref rest);
        if (!SdpText.IsIceChars(foundation, 1, SdpOptions.FoundationCharsMax)) return $"the foundation {SdpText.Quote(foundation)} of a candidate is not 1 to 32 letters, digits, + or /";
        var component = SdpText.NextWord(ref rest);
        if (!SdpText.TryReadNumber(component, out var componentNumber) || componentNumber is 0 or > 256) return $"the component {SdpText.Quote(component)} of a candidate is not a number from 1 to 256";
        var transport = SdpText.NextWord(ref rest);
        if (!SdpText.IsToken(transport)) return "a candidate ends before its transport";
        var priority = SdpText.NextWord(ref rest);
        if (!uint.TryParse(priority, NumberStyles.None, CultureInfo.InvariantCulture, out var priorityNumber)) return $"the priority {SdpText.Quote(priority)} of a candidate is not a number of 32 bits";
        var host = SdpText.NextWord(ref rest);
        if (!SdpText.TryReadAddress(host, out _) && !SdpText.IsHostName(host)) return $"the address {SdpText.Quote(host)} of a candidate is neither an address nor a name";
        var port = SdpText.NextWord(ref rest);
        if (!SdpText.TryReadPort(port, out var portNumber)) return $"the port {SdpText.Quote(port)} of a candidate is not a port";
        if (SdpText.NextWord(ref rest) is not "typ") return "a candidate has no typ after its port";
        var type = SdpText.NextWord(ref rest);
        if (TypeOf(type) is not { } known) return $"the type {SdpText.Quote(type)} of a candidate is none of host, srflx, prflx and relay";

        TransportAddress? related = null;
        string? ufrag = null;
        ReadOnlySpan<char> relatedHost = default;
        while (!rest.IsEmpty)
        {
            var name = SdpText.NextWord(ref rest);
            var value = SdpText.NextWord(ref rest);
            switch (name)
            {
                case "raddr": relatedHost = value; break;
                case "rport" when SdpText.TryReadAddress(relatedHost, out var ip) && SdpText.TryReadPort(value, out var number): related = TransportAddress.From(ip!, number); break;
                case "ufrag" when SdpText.IsIceChars(value, 1, SdpOptions.CredentialCharsMax): ufrag = value.ToString(); break;
            }
        }
        candidate = new(foundation.ToString(), (int)componentNumber, Lower(transport), priorityNumber, host.ToString(), portNumber, known, related, ufrag);
        return null;
    }

    private static string Lower(ReadOnlySpan<char> transport) => transport.Equals("udp", StringComparison.OrdinalIgnoreCase) ? "udp" : transport.ToString().ToLowerInvariant();

    private static CandidateLineType? TypeOf(ReadOnlySpan<char> text) => text switch
    {
        "host" => CandidateLineType.Host,
        "srflx" => CandidateLineType.ServerReflexive,
        "prflx" => CandidateLineType.PeerReflexive,
        "relay" => CandidateLineType.Relayed,
        _ => null,
    };

    private static string TypeText(CandidateLineType type) => type switch
    {
        CandidateLineType.Host => "host",
        CandidateLineType.ServerReflexive => "srflx",
        CandidateLineType.PeerReflexive => "prflx",
        CandidateLineType.Relayed => "relay",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
