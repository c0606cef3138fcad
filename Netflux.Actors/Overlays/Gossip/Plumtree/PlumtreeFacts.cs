using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

internal abstract record PlumtreeFact;

/// <summary>The active view gained a member; nothing of it came before.</summary>
internal sealed record TreeNeighborUp(PeerId Neighbor) : PlumtreeFact;

internal sealed record TreeNeighborDown(PeerId Neighbor) : PlumtreeFact;

/// <summary>The neighbour takes no more for now: what would be pushed to it is announced, and its GRAFTs stay unanswered; it asks again, or others.</summary>
internal sealed record TreeNeighborCongested(PeerId Neighbor) : PlumtreeFact;

internal sealed record TreeNeighborRelieved(PeerId Neighbor) : PlumtreeFact;

/// <summary>A neighbour said this. Of a <see cref="PlumtreeMessage.Gossip"/> the author is proven, and its numbers are what the author signed.</summary>
internal sealed record TreeMessageReceived(PeerId From, PlumtreeMessage Message) : PlumtreeFact;

/// <summary>Tell everybody. Our own broadcasts are not delivered here.</summary>
internal sealed record BroadcastRequested(ReadOnlyMemory<byte> Payload) : PlumtreeFact;

/// <summary>Tell everybody, by every link: this member goes, and answers no GRAFT any more. What was to be announced is sent as it is.</summary>
internal sealed record FarewellRequested(ReadOnlyMemory<byte> Payload) : PlumtreeFact;

internal abstract record PlumtreeInstruction;

internal sealed record SendTreeMessage(PeerId To, PlumtreeMessage Message) : PlumtreeInstruction;

/// <summary>The next message of its author: in order, once.</summary>
internal sealed record DeliverBroadcast(MessageId Id, int Round, ReadOnlyMemory<byte> Payload) : PlumtreeInstruction;

/// <summary>These of an author were sent and cannot be had. What is delivered of it from now on comes after them.</summary>
internal sealed record ReportMissed(PeerId Author, Incarnation Incarnation, ulong First, ulong Last) : PlumtreeInstruction;

/// <summary>Authors and messages that are remembered, messages that are missing, and the bytes of those that wait for them.</summary>
internal readonly record struct PlumtreeLoad(int Authors, int Cached, int Missing, long HeldBytes);
