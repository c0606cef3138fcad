using System.Globalization;
using Netflux.Identity;
using Netflux.Links;

namespace Netflux.Overlays.Relays;

/// <summary>Names one end of a relayed link inside one process and network.</summary>
internal readonly record struct CircuitId(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

internal abstract record RelayFact;

// ---- Of neighbours ----

/// <summary>A neighbour is up, or is reached another way now. Only direct links carry circuits: a relay over a relay could run in a circle.</summary>
internal sealed record RelayNeighbourUp(PeerId Neighbour, LinkPath Path) : RelayFact;

internal sealed record RelayNeighbourGone(PeerId Neighbour) : RelayFact;

/// <summary>A frame of kind <see cref="Wire.FrameKind.Relay"/>.</summary>
internal sealed record RelayFrameReceived(PeerId From, ReadOnlyMemory<byte> Body) : RelayFact;

/// <summary>The session with the neighbour has passed on the <see cref="SendRelay"/> with this ticket: its memory is free again.</summary>
internal sealed record RelayTaken(ulong Ticket) : RelayFact;

// ---- Of the ends here ----

/// <summary>Answered by <see cref="CircuitOpened"/> or <see cref="CircuitClosed"/>. The driver chooses the id and never uses it again; ids are above zero.</summary>
internal sealed record OpenCircuit(CircuitId Circuit, PeerId To, PeerId Via) : RelayFact;

/// <summary>One message to the far end; <see cref="CircuitWritten"/> tells when it has gone.</summary>
internal sealed record WriteCircuit(CircuitId Circuit, ReadOnlyMemory<byte> Record) : RelayFact;

/// <summary>The reader is done with so many bytes of <see cref="CircuitReceived"/>.</summary>
internal sealed record ReadCircuit(CircuitId Circuit, int Bytes) : RelayFact;

internal sealed record CloseCircuit(CircuitId Circuit, CloseCode Code) : RelayFact;

internal abstract record RelayInstruction;

/// <summary>Send a frame of kind <see cref="Wire.FrameKind.Relay"/>: the two pieces, one behind the other. Where the ticket is not 0, <see cref="RelayTaken"/> answers.</summary>
internal sealed record SendRelay(PeerId To, ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Record, ulong Ticket) : RelayInstruction;

/// <summary>The circuit is there. Ids of circuits that others opened are below zero.</summary>
internal sealed record CircuitOpened(CircuitId Circuit, PeerId Peer, PeerId Carrier, LinkRole Role) : RelayInstruction;

/// <summary>One message of the far end. Once done with it, <see cref="ReadCircuit"/>.</summary>
internal sealed record CircuitReceived(CircuitId Circuit, ReadOnlyMemory<byte> Record) : RelayInstruction;

/// <summary>So many bytes went to the carrier.</summary>
internal sealed record CircuitWritten(CircuitId Circuit, int Bytes) : RelayInstruction;

/// <summary>The last word of a circuit; also after <see cref="CloseCircuit"/>.</summary>
internal sealed record CircuitClosed(CircuitId Circuit, CloseCode Code, string Text) : RelayInstruction;
