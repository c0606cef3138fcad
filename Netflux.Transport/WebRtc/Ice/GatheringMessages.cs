using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>What gathering is told. The first fact begins it.</summary>
internal abstract record GatheringFact;

/// <summary>A socket can be reached at this address, one of several perhaps.</summary>
internal sealed record BaseOpened(IceBase Base, TransportAddress Address) : GatheringFact;

/// <summary>No more sockets.</summary>
internal sealed record BasesEnded : GatheringFact;

/// <summary>The name of a STUN server is being looked up; ended by <see cref="StunServerEnded"/>, after as many <see cref="StunServerFound"/> as it has addresses.</summary>
internal sealed record StunServerPending : GatheringFact;

/// <summary>An address of a STUN server.</summary>
internal sealed record StunServerFound(TransportAddress Server) : GatheringFact;

internal sealed record StunServerEnded : GatheringFact;

/// <summary>An allocation is being asked for; ended by <see cref="RelayEnded"/>, after <see cref="RelayFound"/> where there is one.</summary>
internal sealed record RelayPending : GatheringFact;

/// <param name="Base">The allocation, as a place to send from.</param>
/// <param name="Mapped">As the server sees us.</param>
internal sealed record RelayFound(IceBase Base, TransportAddress Relayed, TransportAddress Mapped, TransportAddress Server) : GatheringFact;

internal sealed record RelayEnded : GatheringFact;

/// <summary>What gathering asks for.</summary>
internal abstract record GatheringInstruction;

/// <summary>Send this to a STUN server, and bring what answers the transaction to <see cref="CandidateGathering.HandleStun"/>.</summary>
internal sealed record SendInquiry(IceBase From, TransportAddress Server, ReadOnlyMemory<byte> Message, StunTransactionId Awaits) : GatheringInstruction;

/// <summary>Tell the agent.</summary>
internal sealed record GatheredCandidate(LocalCandidateFound Candidate) : GatheringInstruction;

/// <summary>Told once.</summary>
/// <param name="Complete">False where the time was over before all had answered.</param>
internal sealed record GatheringEnded(bool Complete) : GatheringInstruction;
