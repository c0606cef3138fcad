namespace Netflux.Transport.WebSockets;

/// <summary>The limits and addresses of WebSocket links. Every number says where it comes from.</summary>
public sealed record WebSocketLinkOptions
{
    /// <summary>The fixed path on which peers take links (docs/WIRE.md).</summary>
    public const string LinkPath = "/netflux/link";

    // ---- Every link ----

    /// <summary>
    /// The largest WebSocket message sent or taken, in bytes; a larger one ends the link. Both sides must agree: it is a constant of version 1 of the protocol.
    /// Source: arithmetic. A record carries one message of 64 KiB whole, with its header and tag and some frames of the session's own, or some 550 messages of 100 bytes;
    /// and its array stays below the 85,000 bytes at which .NET's large objects begin.
    /// </summary>
    public int MessageBytesMax { get; init; } = 65 * 1024;

    /// <summary>
    /// How many bytes one link holds that its owner has sent and the socket has not taken; beyond it the link is cut. The owner keeps a smaller limit of its own,
    /// so this guards memory against a fault only. Source: arithmetic, 128 of the largest messages.
    /// </summary>
    public int SendQueueBytesMax { get; init; } = 128 * 65 * 1024;

    /// <summary>How long a graceful close may take before the socket is cut. Source: the link port's contract, "within a second".</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    // ---- Dialling ----

    /// <summary>How long a dial may take, from resolving the name to the answer 101. Source: "one sentence each, within 5 s" of the command line.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Dials under way at once; others wait. Source: guess, above the 50 members of a full mesh divided by two, since each pair dials once.</summary>
    public int DialsMax { get; init; } = 32;

    /// <summary>Dials that wait for their turn; further ones fail at once. Source: guess, the members of a large network.</summary>
    public int DialsWaitingMax { get; init; } = 1024;

    /// <summary>Whether addresses that peers advertise are dialled at all: whoever is dialled sees where the dial comes from.</summary>
    public bool DialPeers { get; init; } = true;

    /// <summary>Whether loopback addresses that peers advertise are dialled though this process does not listen on loopback.</summary>
    public bool DialLoopback { get; init; }

    /// <summary>Whether private addresses (RFC 1918, RFC 6598, RFC 4193, link-local) that peers advertise are dialled though this machine has none of the kind.</summary>
    public bool DialPrivate { get; init; }

    // ---- Listening ----

    /// <summary>
    /// Where a listener of its own listens, for example <c>http://127.0.0.1:0</c>, <c>http://[::1]:0</c> or <c>ws://0.0.0.0:5080</c>. Empty where an ASP.NET Core
    /// application maps the endpoint itself.
    /// </summary>
    public IReadOnlyList<Uri> ListenUrls { get; init; } = [];

    /// <summary>What other peers are told to dial, <c>ws(s)://host[:port]</c>; empty takes the bound addresses.</summary>
    public IReadOnlyList<Uri> AdvertiseUrls { get; init; } = [];

    /// <summary>Further <c>host[:port]</c> under which this process is dialled, for example behind a reverse proxy. A dialler that meant any other authority is refused.</summary>
    public IReadOnlyList<string> Authorities { get; init; } = [];

    /// <summary>Incoming links at once. Source: arithmetic, about 20 KiB each make 20 MiB.</summary>
    public int LinksMax { get; init; } = 1024;

    /// <summary>Incoming links at once from one address. Source: guess; a household or an office behind one address, and whole test networks on loopback.</summary>
    public int LinksPerAddressMax { get; init; } = 256;

    /// <summary>How long a connection may take to send its request, and how long it may idle before. Source: the time an unproven link is given (DESIGN §4), 5 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest request head, in bytes. Source: guess; ours is about 300 bytes, a reverse proxy adds as much again.</summary>
    public int RequestHeadBytesMax { get; init; } = 8 * 1024;
}
