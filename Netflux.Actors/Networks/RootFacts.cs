using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Networks;

internal abstract record RootFact;

/// <summary>By the server at whose door this member stands.</summary>
internal sealed record RootWasShown(ShownRoot Shown) : RootFact;

/// <summary>With the ticket by which this member comes: the server had signed it before it was asked for the door.</summary>
internal sealed record RootWasVouched(TrackerRoot Root) : RootFact;

/// <summary>The members that the server listed with this root are not those of it.</summary>
internal sealed record ListWasWrong(TrackerRoot Root) : RootFact;

/// <summary>A <see cref="Wire.FrameKind.TrackerRoot"/> of a neighbour.</summary>
internal sealed record RootFrameReceived(PeerId From, ReadOnlyMemory<byte> Body) : RootFact;

internal sealed record RootNeighbourUp(PeerId Member) : RootFact;

internal sealed record RootNeighbourGone(PeerId Member) : RootFact;

internal abstract record RootInstruction;

internal sealed record SendRoot(PeerId To, TrackerRoot Root) : RootInstruction;

/// <summary>For users. The second is absent where the first contradicts a list.</summary>
internal sealed record AnnounceContradiction(TrackerContradiction How, TrackerRoot First, TrackerRoot? Second) : RootInstruction;
