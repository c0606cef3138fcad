using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Graphs;

internal abstract record GraphFact;

/// <summary>Somebody here wants to know who has links with whom; <see cref="GraphFound"/> answers all that wanted it meanwhile.</summary>
internal sealed record GraphWanted : GraphFact;

/// <summary>A <see cref="Wire.FrameKind.Graph"/> of a neighbour.</summary>
internal sealed record GraphFrameReceived(PeerId From, ReadOnlyMemory<byte> Body) : GraphFact;

internal abstract record GraphInstruction;

internal sealed record SendGraphFrame(PeerId To, ReadOnlyMemory<byte> Body) : GraphInstruction;

/// <summary>The members that were found, in the order of their ids, and the links of those that answered.</summary>
internal sealed record GraphFound(IReadOnlyList<(PeerId Id, IReadOnlyList<GraphLink>? Links)> Members) : GraphInstruction;
