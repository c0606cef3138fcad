using System.Net;
using System.Net.Sockets;
using Netflux.Messages;

namespace Netflux.Host.Tracking;

/// <summary>What a host remembers networks with.</summary>
/// <param name="DataFolder">Where the file is, when there is no database.</param>
/// <param name="Postgres">The connection string of a database of PostgreSQL.</param>
/// <param name="Cluster">Null: this node is alone.</param>
internal sealed record TrackingSettings(string DataFolder, string? Postgres = null, ClusterSettings? Cluster = null)
{
    /// <summary>The file of the server's key, made where there is none. The nodes of a cluster have copies of one.</summary>
    public string IdentityFile { get; init; } = Path.Combine(DataFolder, "server.pem");

    /// <summary>Hears of the other nodes.</summary>
    public Action<NodeChanged> Tell { get; init; } = _ => { };

    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: it cannot be used; the text says why.</exception>
    public TrackingStore OpenStore() => Postgres is { } connection ? PostgresStore.Open(connection) : SqliteStore.Open(DataFolder);
}

/// <summary>What happened to another node of the cluster.</summary>
/// <param name="What">joined, unreachable, reachable or left.</param>
/// <param name="Node">HOST:PORT</param>
internal sealed record NodeChanged(string What, string Node);

/// <summary>Where the nodes of a cluster find each other. They know each other by IP addresses: a name stands for all that it resolves to, as those of containers do.</summary>
/// <param name="Listen">Where this node listens for the others.</param>
/// <param name="Own">By which the others know it.</param>
/// <param name="Seeds">Nodes that may be there already, in the same order on every node. The first begins a cluster where it finds none.</param>
/// <param name="PublicUrl">Where clients of other nodes are sent to when those stop.</param>
internal sealed record ClusterSettings(IPAddress Listen, IPEndPoint Own, IReadOnlyList<IPEndPoint> Seeds, Uri PublicUrl)
{
    /// <param name="listen">A wildcard listens on every address, and the others know this node by the one from which the first seed is reached.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: a name leads nowhere; the text says so.</exception>
    public static async Task<ClusterSettings> ResolveAsync(DnsEndPoint listen, IEnumerable<DnsEndPoint> seeds, Uri publicUrl, CancellationToken cancellation)
    {
        var found = new HashSet<IPEndPoint>();
        foreach (var seed in seeds)
            foreach (var address in await AddressesAsync("--seed", seed.Host, cancellation).ConfigureAwait(false)) found.Add(new IPEndPoint(address, seed.Port));
        List<IPEndPoint> ordered = [.. found.OrderBy(seed => Convert.ToHexString(seed.Address.GetAddressBytes()), StringComparer.Ordinal).ThenBy(seed => seed.Port)];
        var own = (await AddressesAsync("--cluster", listen.Host, cancellation).ConfigureAwait(false))[0];
        if (ordered.Exists(seed => IsAny(seed.Address))) throw new NetfluxException(NetfluxError.InvalidOptions, "--seed: a wildcard is where a node listens, and not where it is reached; give its address or name.");
        return new ClusterSettings(own, new IPEndPoint(IsAny(own) ? TowardsOf(ordered[0]) : own, listen.Port), ordered, publicUrl);
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static async Task<IPAddress[]> AddressesAsync(string option, string host, CancellationToken cancellation)
    {
        try
        {
            var found = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation).ConfigureAwait(false);
            // One address for each node: those who have both kinds are known by the older one.
            var older = Array.FindAll(found, address => address.AddressFamily == AddressFamily.InterNetwork);
            if (found.Length > 0) return older.Length > 0 ? older : found;
            throw new NetfluxException(NetfluxError.InvalidOptions, $"{option}: nothing has the name {host}.");
        }
        catch (SocketException failure)
        {
            throw new NetfluxException(NetfluxError.InvalidOptions, $"{option}: {host} cannot be resolved ({failure.SocketErrorCode}).", failure);
        }
    }

    /// <summary>The address of this machine from which a packet to there would go.</summary>
    private static IPAddress TowardsOf(IPEndPoint there)
    {
        using var socket = new Socket(there.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(there);
        return ((IPEndPoint)socket.LocalEndPoint!).Address;
    }
}
