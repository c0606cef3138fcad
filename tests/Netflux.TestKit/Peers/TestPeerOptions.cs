namespace Netflux.TestKit;

/// <summary>How one peer of a world is set up.</summary>
public sealed record TestPeerOptions
{
    /// <summary>Whether other peers can dial it. One that does not listen dials; two that do not need data channels, or a third to relay.</summary>
    public bool Listens { get; init; } = true;

    /// <summary>Whether it opens data channels, to others that do too.</summary>
    public bool DataChannels { get; init; }

    /// <summary>Whether it carries relayed links for others.</summary>
    public bool Relays { get; init; } = true;

    /// <summary>The window of its subscriptions; null subscribes without one, and then <see cref="TestPeer.Pause"/> holds nobody back.</summary>
    public int? Window { get; init; } = 256;

    /// <summary>The signaling server that it uses by default; null takes <see cref="NetfluxWorld.Server"/>.</summary>
    public Uri? Server { get; init; }

    /// <summary>Whether it has a signaling server at all. Without one, networks that it creates are joined by invitation only.</summary>
    public bool HasServer { get; init; } = true;

    /// <summary>How long its requests wait; null takes Netflux's default.</summary>
    public TimeSpan? RequestTimeout { get; init; }

    /// <summary>Another listener than one that is up at once.</summary>
    internal Links.ILinkListener? Listener { get; init; }

    /// <summary>The facade's other numbers.</summary>
    internal Func<Actors.FacadeOptions, Actors.FacadeOptions>? Facade { get; init; }
}
