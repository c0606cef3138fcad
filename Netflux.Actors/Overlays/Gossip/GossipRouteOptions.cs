namespace Netflux.Overlays.Gossip;

/// <summary>The numbers of messages in a gossip network.</summary>
internal sealed record GossipRouteOptions
{
    public static readonly GossipRouteOptions Default = new();

    /// <summary>What this process may have broadcast without that its neighbours have taken it in: as much as a member of a full mesh grants.</summary>
    public long WindowCost { get; init; } = 1 << 20;

    /// <summary>Messages of one batch, where it is not a single longer one: it stays one frame (64 KiB) with its headers.</summary>
    public int BatchBytesMax { get; init; } = 60 << 10;

    /// <summary>While subscribers here hold more than this, no credit is given to neighbours: what they may still send is bounded by their windows. Guess.</summary>
    public long HeldBytesMax { get; init; } = 4 << 20;
}
