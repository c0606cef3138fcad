using Microsoft.Extensions.Logging;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Networks;
using Netflux.Sessions;
using Netflux.Sessions.Handshake;
using Netflux.Signaling;

namespace Netflux.Actors;

/// <summary>Everything that a facade is built from: the identity, the ports, the settings. Hosting makes one for real sockets, the TestKit for a virtual world.</summary>
internal sealed record NetfluxSetup
{
    public required IPeerKeys Keys { get; init; }
    public required Incarnation Incarnation { get; init; }
    public required string DisplayName { get; init; }
    public required ILinkDialer Dialer { get; init; }
    public ILinkListener? Listener { get; init; }

    /// <summary>Opens data channels; null where this process has none.</summary>
    public IPeerConnector? Connector { get; init; }
    public required ISignalingProvider Signaling { get; init; }
    public required IRandomSource Random { get; init; }
    public required IEphemeralKeySource EphemeralKeys { get; init; }
    public required ILoggerFactory Logging { get; init; }
    public FacadeOptions Options { get; init; } = new();

    /// <summary>What the process frees when the facade has stopped, such as the identity's lock.</summary>
    public IDisposable? Owned { get; init; }
}

/// <summary>The facade's numbers.</summary>
internal sealed record FacadeOptions
{
    /// <summary>The signaling server for requests that name none.</summary>
    public Uri? Server { get; init; }
    /// <summary>DESIGN §3.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>DESIGN §3: a person may take a while to pass a meeting point's address on.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For the list of a server's networks, which has many pages. Guess: 10,000 networks, each read from a disk in some milliseconds.</summary>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>Guess: a service is in dozens of networks; each costs some tens of kB.</summary>
    public int NetworksMax { get; init; } = 1_024;
    /// <summary>Guess: enough for every caller of a busy service, little memory.</summary>
    public int OpenRequestsMax { get; init; } = 10_000;
    /// <summary>Guess: a person cannot look at more at once.</summary>
    public int OpenJoinRequestsMax { get; init; } = 64;
    /// <summary>Kept join requests that were answered and are not shown again, should the server deliver them once more; the soonest that would end is forgotten first. Guess: some hundred bytes each.</summary>
    public int AnsweredJoinRequestsMax { get; init; } = 1_024;
    /// <summary>How long a join request to a peer that is offline is kept, where it does not say. Guess: an invitation is for today.</summary>
    public TimeSpan JoinRequestKeptFor { get; init; } = TimeSpan.FromDays(1);
    /// <summary>How long a ticket can be shown, where it does not say. Guess: who does not look in for a week is asked again.</summary>
    public TimeSpan TicketLasts { get; init; } = TimeSpan.FromDays(7);
    /// <summary>DESIGN §4: unproven links are limited in number; 5 s each, so about 50 handshakes a second at worst.</summary>
    public int UnprovenLinksMax { get; init; } = 256;
    /// <summary>Guess: many peers behind one address, but not all of the above.</summary>
    public int UnprovenLinksPerAddressMax { get; init; } = 64;
    /// <summary>
    /// Peers with an actor, connected or not. Beyond it links and introductions of peers that nothing here asks for are refused; what is searched for is bounded by networks and
    /// requests. Guess: some tens of kB each, so 10,000 are some hundred MB.
    /// </summary>
    public int PeersMax { get; init; } = 10_000;
    /// <summary>The actor of a peer that comes to nothing is let go after this. Guess: an introduced peer dials within seconds.</summary>
    public TimeSpan IdlePeerKept { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>Going offline waits this long for the others to be told. A person who pressed Ctrl-C waits at most 5 s.</summary>
    public TimeSpan LeaveTimeout { get; init; } = TimeSpan.FromSeconds(3);
    /// <summary>Whether this process carries relayed links for other members.</summary>
    public bool Relays { get; init; } = true;
    /// <summary>Messages above 64 KiB that are being received or wait to be consumed, in the whole process. Guess: two of the largest.</summary>
    public long ReassemblyBytesMax { get; init; } = 128L << 20;
    public LinkOptions Link { get; init; } = LinkOptions.Default;
    public NetworkOptions Network { get; init; } = NetworkOptions.Default;
    public SessionOptions Session { get; init; } = SessionOptions.Default;
    public HandshakeOptions Handshake { get; init; } = new();
    public LinkSearchOptions LinkSearch { get; init; } = new();
}
