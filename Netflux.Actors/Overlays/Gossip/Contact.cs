using Netflux.Identity;

namespace Netflux.Overlays.Gossip;

/// <summary>
/// A member as others hear of it. The record is passed on without a look inside; of two contacts of one member the one with the higher <paramref name="Rank"/> is the newer.
/// </summary>
internal sealed record Contact(PeerId Id, ulong Rank, ReadOnlyMemory<byte> Record);
