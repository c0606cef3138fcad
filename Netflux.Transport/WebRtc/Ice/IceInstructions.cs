namespace Netflux.Transport.WebRtc.Ice;

/// <summary>What an agent asks for, beside messages to be sent: those are taken by <see cref="IceAgent.TryTakeMessage"/>.</summary>
internal abstract record IceInstruction;

/// <summary>Announce this candidate to the other side.</summary>
internal sealed record AnnounceCandidate(LocalCandidate Candidate) : IceInstruction;

/// <summary>Look this .local name up, and tell <see cref="NameResolved"/> or <see cref="NameUnresolved"/>.</summary>
internal sealed record ResolveName(string Name) : IceInstruction;

/// <summary>Another connection holds this address, which was wanted: a further base would reach it.</summary>
internal sealed record AddressRefused(IceBase Base, TransportAddress Remote) : IceInstruction;

/// <summary>Data goes this way from now on.</summary>
/// <param name="Nominated">Whether both sides have agreed on it, or it is the best that works so far (RFC 8445 §12.1 allows to send on a valid pair).</param>
/// <param name="RoundTrip">Of the check that was answered; null where each was repeated, so that nobody knows which one was.</param>
internal sealed record PairSelected(IceBase From, TransportAddress To, bool Nominated, string Why, TimeSpan? RoundTrip) : IceInstruction;

/// <summary>The agent is in another state.</summary>
internal sealed record IceStateChanged(IceState State, string Why) : IceInstruction;

/// <summary>Requests with this fragment of ours need not be brought any more: the session before a restart is over.</summary>
internal sealed record UfragRetired(string Ufrag) : IceInstruction;
