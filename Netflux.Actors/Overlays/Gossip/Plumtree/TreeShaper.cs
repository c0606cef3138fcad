using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>
/// Whose messages shape the tree: where several speak at once, those of the smallest id alone. The paper cuts at every duplicate; then waves from two sides cut one cycle twice, the tree falls
/// apart, and the GRAFTs that mend it make the next cycles. The others' messages only use the tree.
/// </summary>
internal sealed class TreeShaper(PlumtreeOptions options)
{
    private PeerId? _author;
    private Instant _spokeAt;

    public bool Is(PeerId author) => _author == author;

    /// <summary>A message of this author is new here.</summary>
    public void HandleSpoke(PeerId author, Instant now)
    {
        if (_author is { } current && author.CompareTo(current) > 0 && now - _spokeAt < options.ShaperTime) return;
        (_author, _spokeAt) = (author, now);
    }
}
