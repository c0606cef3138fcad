namespace Netflux.Transport.WebRtc.Ice;

/// <summary>How a NAT maps and filters, in the words of RFC 4787: cone and symmetric are the older names.</summary>
internal enum NatKind
{
    /// <summary>One mapping for each inside address, open to all.</summary>
    FullCone,

    /// <summary>One mapping, open to addresses and ports that were sent to.</summary>
    PortRestricted,

    /// <summary>A mapping for each destination, open to that alone.</summary>
    Symmetric,
}

/// <summary>Translates between its inside and the public net.</summary>
internal sealed class SimulatedNat(NatKind kind, string publicAddress)
{
    private readonly List<(TransportAddress Inside, TransportAddress? To, ushort Port)> _mappings = [];
    private readonly HashSet<(ushort Port, TransportAddress To)> _opened = [];
    private ushort _nextPort = 40_000;

    public string PublicAddress => publicAddress;

    public TransportAddress Outgoing(TransportAddress inside, TransportAddress to)
    {
        TransportAddress? destination = kind == NatKind.Symmetric ? to : null;
        var index = _mappings.FindIndex(mapping => mapping.Inside == inside && mapping.To == destination);
        if (index < 0)
        {
            index = _mappings.Count;
            _mappings.Add((inside, destination, _nextPort++));
        }
        var port = _mappings[index].Port;
        _opened.Add((port, to));
        return At(publicAddress, port);
    }

    public TransportAddress? Incoming(ushort port, TransportAddress from)
    {
        var index = _mappings.FindIndex(mapping => mapping.Port == port);
        return index >= 0 && (kind == NatKind.FullCone || _opened.Contains((port, from))) ? _mappings[index].Inside : null;
    }

    /// <summary>It restarts, or thinks a mapping old: everything goes out from other ports.</summary>
    public void Rebind()
    {
        _mappings.Clear();
        _opened.Clear();
    }

    public static TransportAddress At(string address, int port) => TransportAddress.From(System.Net.IPAddress.Parse(address), port);
}
