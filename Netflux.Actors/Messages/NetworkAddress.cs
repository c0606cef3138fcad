using System.Diagnostics.CodeAnalysis;
using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>Where a network is joined: <c>ws(s)://host[:port]/net/NAME-OR-ID</c>; http(s) is accepted for ws(s).</summary>
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
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out NetworkAddress? address, [NotNullWhen(false)] out string? why) =>
        throw new NotImplementedException();

    /// <summary>The address of a door at a server.</summary>
    public static NetworkAddress At(Uri server, string door) => throw new NotImplementedException();

    /// <summary>Reads an address.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidAddress"/>.</exception>
    public static implicit operator NetworkAddress(string text) => throw new NotImplementedException();

    /// <inheritdoc />
    public override string ToString() => $"{Server.GetLeftPart(UriPartial.Authority)}/net/{Door}";
}
