using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Turn;

internal abstract record TurnFact;

/// <summary>Ask the server for a relayed address.</summary>
internal sealed record AllocationWanted : TurnFact;

/// <summary>The allocation is not needed any more: the server frees it (RFC 8656 §8).</summary>
internal sealed record AllocationReleased : TurnFact;

internal abstract record TurnInstruction;

/// <summary>Send this to the server.</summary>
internal sealed record SendToServer(ReadOnlyMemory<byte> Message) : TurnInstruction;

/// <summary>The server relays for us.</summary>
/// <param name="Relayed">Where peers reach us: the relayed candidate.</param>
/// <param name="Mapped">Our address as the server sees it: its related address, and a server-reflexive candidate.</param>
internal sealed record AllocationMade(TransportAddress Relayed, TransportAddress Mapped) : TurnInstruction;

/// <summary>The server does not relay for this peer, and why.</summary>
internal sealed record PeerRefused(TransportAddress Peer, string Why) : TurnInstruction;

/// <summary>There is no allocation, or none any more. Nothing follows.</summary>
/// <param name="Code">The server's error where it gave one.</param>
/// <param name="Why">One sentence for people.</param>
/// <param name="Alternate">With <see cref="StunErrorCode.TryAlternate"/>: the server to ask instead (RFC 8489 §10).</param>
internal sealed record AllocationFailed(StunErrorCode? Code, string Why, TransportAddress? Alternate = null) : TurnInstruction;
