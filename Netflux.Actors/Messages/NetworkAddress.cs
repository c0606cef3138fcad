using System.Diagnostics.CodeAnalysis;
using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>
/// Where a network is joined: <c>ws(s)://host[:port]/net/NAME-OR-ID</c>; http(s) is accepted for ws(s). A name has 1 to 64 letters a–z, digits, '-', '_' or '.',
/// and begins with a letter or digit. Names do not differ by case: capital letters are read as small ones. There is no user, query or fragment.
/// </summary>
public sealed record NetworkAddress
{
    private NetworkAddress(Uri server, string door) => (Server, Door) = (server, door);

    /// <summary>The server, scheme ws or wss, without a path.</summary>
    public Uri Server { get; }

    /// <summary>The name, or the id, of the network at that server.</summary>
    public string Door { get; }

    /// <summary>The id, where the address names the network by it.</summary>
    public NetworkId? Id => NetworkId.TryParse(Door, out var id) ? id : null;

    /// <summary>Reads an address; false leaves the reason in <paramref name="why"/>, one sentence.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out NetworkAddress? address, [NotNullWhen(false)] out string? why)
    {
        address = ServerUrl.TrySplit(text, "net", "NAME-OR-ID", out var server, out var door, out why) ? new NetworkAddress(server, DoorName.Fold(door)) : null;
        return address is not null;
    }

    /// <summary>The address of a door at a server.</summary>
    /// <param name="server">ws(s) or http(s), without a path.</param>
    /// <param name="door">A name or an id.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidAddress"/>.</exception>
    public static NetworkAddress At(Uri server, string door)
    {
        ArgumentNullException.ThrowIfNull(server);
        return $"{server.OriginalString.TrimEnd('/')}/net/{door}";
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidAddress"/>.</exception>
    public static implicit operator NetworkAddress(string text) =>
        TryParse(text, out var address, out var why) ? address : throw new NetfluxException(NetfluxError.InvalidAddress, why);

    /// <inheritdoc />
    public override string ToString() => $"{Server.GetLeftPart(UriPartial.Authority)}/net/{Door}";
}
