using System.Net;
using Netflux.Actors;
using Netflux.Messages;

namespace Netflux.Hosting;

/// <summary>The settings of one Netflux instance: one identity, one facade. They are validated when it starts; a bad one is refused with its name.</summary>
public sealed class NetfluxOptions
{
    /// <summary>The signaling server that <see cref="CreateNetwork"/> takes where it names none: <c>ws(s)://host[:port]</c>. Null: none.</summary>
    public Uri? Server { get; set; }

    /// <summary>What signaling servers are shown that ask who may use them, one for each server; at most <see cref="AccessTokensMax"/>.</summary>
    public IList<AccessToken> AccessTokens { get; } = [];

    /// <summary>How many <see cref="AccessTokens"/> there may be. 64 is a guess: a service uses one server or a few.</summary>
    public const int AccessTokensMax = 64;

    /// <summary>The PEM file of the identity, created where there is none and locked while in use. Null: a new identity that ends with the process.</summary>
    public string? IdentityFile { get; set; }

    /// <summary>The name shown to other peers beside the id, unproven; at most <see cref="DisplayNameCharactersMax"/> characters.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>Where this process listens for links of other peers, with a listener of its own: <c>ws://host:port</c>, port 0 takes a free one. Empty: it only dials, unless the web application maps Netflux.</summary>
    public IList<Uri> Listen { get; } = [];

    /// <summary>What admitted members are told to dial, where that is not what it listens on: <c>ws(s)://host[:port]</c>.</summary>
    public IList<Uri> AdvertiseUrls { get; } = [];

    /// <summary>
    /// Whether this process opens WebRTC data channels, by which peers that do not listen reach each other. The other side needs them too. What opens them travels sealed in introductions, by the
    /// signaling server or a common member.
    /// </summary>
    public bool DataChannels { get; set; } = true;

    /// <summary>STUN and TURN servers (RFC 7064, RFC 7065) that help data channels through NATs and firewalls; at most <see cref="IceServersMax"/>. Without any, they reach as far as this machine's own addresses.</summary>
    public IList<IceServer> IceServers { get; } = [];

    /// <summary>Data channels go through a TURN server of <see cref="IceServers"/> only, so that other peers do not learn this machine's addresses; nor are peers dialled that listen. What this one listens on is told nevertheless: leave <see cref="Listen"/> empty.</summary>
    public bool RelayOnly { get; set; }

    /// <summary>The one UDP port of all data channels; 0 takes a free one.</summary>
    public int UdpPort { get; set; }

    /// <summary>The addresses of this machine that data channels use; empty: all of them.</summary>
    public IList<IPAddress> UdpAddresses { get; } = [];

    /// <summary>How many <see cref="IceServers"/> there may be. 8 is a guess: each costs a socket exchange for every data channel, and two or three are usual.</summary>
    public const int IceServersMax = 8;

    /// <summary>How long the facade waits before it answers a request with <see cref="NetfluxError.TimedOut"/>.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The same for <see cref="ConnectPeer"/>, which waits for somebody else to come.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a shutdown may take to tell the other peers that this one goes offline. 3 s: a person who pressed Ctrl-C waits at most 5.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How many networks this process may be a member of at once. A guess: a service is in dozens; each costs some tens of kB.</summary>
    public int NetworksMax { get; set; } = new FacadeOptions().NetworksMax;

    /// <summary>How many requests may be open at the facade at once. 10,000 is a guess: a thousand a second, each waiting ten.</summary>
    public int RequestsMax { get; set; } = new FacadeOptions().OpenRequestsMax;

    /// <summary>How many join requests may wait for an answer at once. 64 is a guess: a person cannot look at more.</summary>
    public int JoinRequestsMax { get; set; } = new FacadeOptions().OpenJoinRequestsMax;

    /// <summary>Whether this process carries sealed frames between members of its networks that cannot reach each other directly.</summary>
    public bool Relays { get; set; } = true;

    /// <summary>The longest <see cref="DisplayName"/>; what other peers send beyond it is refused as well.</summary>
    public const int DisplayNameCharactersMax = 64;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>; the text names the setting, its value and what was expected.</exception>
    public void Validate()
    {
        if (Server is not null) RequireWebSocketUrl(Server, nameof(Server), portZero: false);
        if (AccessTokens.Count > AccessTokensMax) throw Invalid(nameof(AccessTokens), $"{AccessTokens.Count} tokens", $"at most {AccessTokensMax}");
        foreach (var token in AccessTokens) RequireWebSocketUrl(token?.Server, nameof(AccessTokens), portZero: false);
        if (IdentityFile is { } file && (string.IsNullOrWhiteSpace(file) || file.Contains('\0'))) throw Invalid(nameof(IdentityFile), file, "a path, or nothing for a new identity");
        if (DisplayName is null || DisplayName.Length > DisplayNameCharactersMax || DisplayName.Any(char.IsControl))
            throw Invalid(nameof(DisplayName), DisplayName, $"at most {DisplayNameCharactersMax} characters without control characters");
        foreach (var url in Listen) RequireWebSocketUrl(url, nameof(Listen), portZero: true);
        foreach (var url in AdvertiseUrls) RequireWebSocketUrl(url, nameof(AdvertiseUrls), portZero: false);
        if (IceServers.Count > IceServersMax) throw Invalid(nameof(IceServers), $"{IceServers.Count} servers", $"at most {IceServersMax}");
        foreach (var server in IceServers)
            if (server is null || server.Problem is { } problem) throw Invalid(nameof(IceServers), server?.Url, server?.Problem ?? "a server");
        if (RelayOnly && !IceServers.Any(server => server.IsRelay)) throw Invalid(nameof(RelayOnly), "true", $"a turn: server in {nameof(IceServers)} with it, or false");
        if (RelayOnly && !DataChannels) throw Invalid(nameof(RelayOnly), "true", $"{nameof(DataChannels)} with it, or false");
        RequireBetween(UdpPort, 0, 65_535, nameof(UdpPort));
        if (UdpAddresses.Any(address => address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.IsIPv6Multicast))
            throw Invalid(nameof(UdpAddresses), string.Join(", ", UdpAddresses), "addresses of this machine, or none for all of them");
        RequireBetween(RequestTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(RequestTimeout));
        RequireBetween(ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1), nameof(ConnectTimeout));
        RequireBetween(ShutdownTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(1), nameof(ShutdownTimeout));
        RequireBetween(NetworksMax, 1, 100_000, nameof(NetworksMax));
        RequireBetween(RequestsMax, 1, 1_000_000, nameof(RequestsMax));
        RequireBetween(JoinRequestsMax, 1, 100_000, nameof(JoinRequestsMax));
    }

    internal FacadeOptions ToFacadeOptions() => new()
    {
        Server = Server,
        RequestTimeout = RequestTimeout,
        ConnectTimeout = ConnectTimeout,
        LeaveTimeout = ShutdownTimeout,
        NetworksMax = NetworksMax,
        OpenRequestsMax = RequestsMax,
        OpenJoinRequestsMax = JoinRequestsMax,
        Relays = Relays,
    };

    private static void RequireWebSocketUrl(Uri? url, string setting, bool portZero)
    {
        var expected = portZero ? "ws://host:port or wss://host:port, without a path" : "ws://host[:port] or wss://host[:port], without a path";
        if (url is null || !url.IsAbsoluteUri || url.Scheme is not ("ws" or "wss" or "http" or "https") || url.Host.Length == 0
            || url.AbsolutePath is not ("/" or "") || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0 || (url.Port == 0 && !portZero))
            throw Invalid(setting, url?.ToString(), expected);
    }

    private static void RequireBetween<T>(T value, T least, T most, string setting) where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0) throw Invalid(setting, value.ToString(), $"from {least} to {most}");
    }

    private static NetfluxException Invalid(string setting, string? value, string expected) =>
        new(NetfluxError.InvalidOptions, $"The setting {setting} is '{value}'; expected is {expected}.");
}
