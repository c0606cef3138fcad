using System.Net;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>What an agent is told. Datagrams come by <see cref="IceAgent.HandleStun"/>.</summary>
internal abstract record IceFact;

// Of this side.

/// <summary>An address of ours; see <see cref="Host"/>, <see cref="ServerReflexive"/>, <see cref="Relayed"/>.</summary>
/// <param name="Server">The STUN or TURN server that told it.</param>
internal sealed record LocalCandidateFound(
    IceBase Base, CandidateType Type, TransportAddress Address, TransportAddress BaseAddress, TransportAddress? Related, TransportAddress? Server) : IceFact
{
    public static LocalCandidateFound Host(IceBase from, TransportAddress address) => new(from, CandidateType.Host, address, address, null, null);

    public static LocalCandidateFound ServerReflexive(IceBase from, TransportAddress mapped, TransportAddress baseAddress, TransportAddress server) =>
        new(from, CandidateType.ServerReflexive, mapped, baseAddress, baseAddress, server);

    /// <summary>An allocation is a base of its own: what is sent from it goes through the server.</summary>
    public static LocalCandidateFound Relayed(IceBase from, TransportAddress relayed, TransportAddress mapped, TransportAddress server) =>
        new(from, CandidateType.Relayed, relayed, relayed, mapped, server);
}

/// <summary>A socket or an allocation is gone, and every pair with it.</summary>
internal sealed record LocalBaseLost(IceBase Base) : IceFact;

/// <summary>Another connection of ours has got this remote address, by a better right (<see cref="IRemoteAddresses"/>).</summary>
internal sealed record AddressLost(IceBase Base, TransportAddress Remote) : IceFact;

/// <summary>This side restarts (RFC 8445 §9): new credentials, to be offered; the pair in use goes on until another is selected.</summary>
internal sealed record RestartBegan : IceFact;

/// <summary>The connection ends. Nothing is sent any more.</summary>
internal sealed record AgentClosed : IceFact;

// Of the other side, through signaling.

/// <summary>The other side's credentials. Where they differ from those that are known, it has restarted (RFC 8839 §4.4.1.1.1), and new ones of ours are to be answered.</summary>
/// <param name="Lite">It only answers checks (RFC 8445 §2.5): this side is controlling.</param>
internal sealed record RemoteDescription(IceCredentials Credentials, bool Lite) : IceFact;

/// <summary>A candidate, before or after the description.</summary>
/// <param name="Ufrag">Of the session that it belongs to, where signaling tells (RFC 8838 §13): a candidate of an earlier one is skipped.</param>
internal sealed record RemoteCandidateFound(CandidateType Type, TransportAddress Address, uint Priority, string Foundation, string? Ufrag = null) : IceFact;

/// <summary>A candidate behind a .local name (draft-ietf-mmusic-mdns-ice-candidates), as browsers announce their host addresses.</summary>
internal sealed record RemoteNameFound(string Name, ushort Port, CandidateType Type, uint Priority, string Foundation, string? Ufrag = null) : IceFact;

/// <summary>No further candidates will be announced.</summary>
internal sealed record RemoteCandidatesEnded : IceFact;

// Of the resolver, after ResolveName.

internal sealed record NameResolved(string Name, IPAddress Address) : IceFact;

internal sealed record NameUnresolved(string Name) : IceFact;
