using Netflux.Core;

namespace Netflux.Overlays.Star;

/// <summary>Where a member stands.</summary>
internal abstract record StarState
{
    /// <summary>It knows of no hub.</summary>
    internal sealed record Looking(Instant Since) : StarState;

    /// <summary>It goes to this hub: a link, then the list of members. Until that is here it stays what it was before, a member of another hub or a hub itself.</summary>
    /// <param name="Target">The hub's reign as it was told.</param>
    /// <param name="Since">When it began.</param>
    /// <param name="Before">Never an <see cref="Attaching"/>.</param>
    /// <param name="HubYielded">The hub before said itself that it follows another, so there is no way back to it.</param>
    internal sealed record Attaching(Succession Target, Instant Since, StarState Before, bool HubYielded) : StarState;

    /// <summary>It is a member of this hub.</summary>
    /// <param name="Reign">The newest list of succession.</param>
    /// <param name="SuspectedSince">The hub is silent; after the grace it is lost.</param>
    /// <param name="Better">A better hub of which the own one was told, and until when the own one has to follow it.</param>
    internal sealed record Attached(Succession Reign, Instant? SuspectedSince, (Succession Claim, Instant Until)? Better) : StarState;

    /// <summary>It lost its hub.</summary>
    /// <param name="Lost">The hub's last list.</param>
    /// <param name="Since">When it was lost.</param>
    /// <param name="HubGone">That run of the hub has ended for certain: it left, or a newer one is there.</param>
    internal sealed record Orphaned(Succession Lost, Instant Since, bool HubGone) : StarState;

    /// <summary>It is the hub.</summary>
    internal sealed record Ruling : StarState;
}
