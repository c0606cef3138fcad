using Akka.Actor;
using Netflux.Identity;

namespace Netflux.Messages;

// ---- Commands and queries ----

/// <summary>Creates a network with this process as its first member. Reply: <see cref="NetworkCreated"/>.</summary>
/// <param name="TopologyJson">For example <c>{"type":"full-mesh","maxMembers":20}</c>; docs/TOPOLOGY.md has all fields.</param>
public sealed record CreateNetwork(string TopologyJson) : NetfluxRequest
{
    /// <summary>The name under which <see cref="Server"/> keeps the network's door; without it others join by id.</summary>
    public string? Name { get; init; }
    /// <summary>The signaling server that keeps the network's door; null takes the default of the options, and without one the network is joined by invitation only.</summary>
    public Uri? Server { get; init; }
    /// <summary>Hears the network's events from the first on.</summary>
    public IActorRef? Subscriber { get; init; }
    /// <summary>The window of <see cref="Subscriber"/>, as in <see cref="Subscribe"/>.</summary>
    public int? Window { get; init; }
    /// <summary>Asks the server to remember the network and its members, so that it can be joined when nobody is online; a plain signaling server answers <see cref="NetfluxError.TrackingNotSupported"/>.</summary>
    public bool Track { get; init; }
}

/// <summary>Joins the network whose door a signaling server keeps. Reply: <see cref="NetworkJoined"/>.</summary>
/// <param name="Address">The network's address.</param>
public sealed record JoinNetwork(NetworkAddress Address) : NetfluxRequest
{
    /// <summary>The topology with which to create the network where there is none by this name; the server decides between several who ask at once. At an address with an id nothing can be created: it is joined, or not found.</summary>
    public string? OrCreate { get; init; }
    /// <summary>Hears the network's events from the first on.</summary>
    public IActorRef? Subscriber { get; init; }
    /// <summary>The window of <see cref="Subscriber"/>, as in <see cref="Subscribe"/>.</summary>
    public int? Window { get; init; }
    /// <summary>
    /// Asks the server to remember the network and its members, where it does not yet; a plain signaling server answers <see cref="NetfluxError.TrackingNotSupported"/>. Who joins a network that is
    /// remembered becomes a member that is remembered in any case.
    /// </summary>
    public bool Track { get; init; }
    /// <summary>
    /// Asks to be let in where the network takes invited members only and nobody has invited this process yet: one line of at most 200 bytes for the members, which may be empty. It waits at the
    /// tracking server for seven days, until a member that may invite decides (<see cref="DecideApproval"/>) or <see cref="WithdrawApproval"/> takes it back. If that is within the deadline of this
    /// request, this process joins, or the request fails with <see cref="NetfluxError.ApprovalDeclined"/>; else it fails with <see cref="NetfluxError.ApprovalAwaited"/>, and is to be said again later.
    /// </summary>
    public string? Ask { get; init; }
    /// <summary>Lets this process into a network that takes invited members only: the tracking server redeems it. Not needed again once this process is a member.</summary>
    public Ticket? Ticket { get; init; }
}

/// <summary>
/// Ends this process's membership. Reply: <see cref="NetworkLeft"/>, as soon as nothing more can come from the network; what was accepted before, and then the news that this
/// process has left, go out to each member behind it, within two seconds. Where a tracking server remembers the network it is told first: if it cannot be, the request fails and this process stays a
/// member.
/// </summary>
public sealed record LeaveNetwork(NetworkId Network) : NetfluxRequest;

/// <summary>Connects two peers that name the same meeting point, <c>ws(s)://host[:port]/meet/key</c>: the first waits, the second is connected to it. Reply: <see cref="PeerConnected"/>.</summary>
public sealed record ConnectPeer(Uri Url) : NetfluxRequest
{
    /// <summary>Hears the peer's messages from the first on.</summary>
    public IActorRef? Subscriber { get; init; }
    /// <summary>The window of <see cref="Subscriber"/>, as in <see cref="Subscribe"/>.</summary>
    public int? Window { get; init; }
}

/// <summary>Ends the connection to a peer with which no network is shared. Told to the facade, or to the peer's own actor. Reply: <see cref="PeerDisconnected"/>.</summary>
public sealed record DisconnectPeer(PeerId Peer) : NetfluxRequest;

/// <summary>Withdraws an open request, which is then answered with <see cref="NetfluxError.Cancelled"/>. Reply: <see cref="RequestCancelled"/>.</summary>
public sealed record CancelRequest(RequestId Target) : NetfluxRequest;

/// <summary>Asks the facade for this process's own id, a peer's actor for its id. Reply: <see cref="PeerIdentified"/>.</summary>
public sealed record GetPeerId : NetfluxRequest;

/// <summary>Asks for the networks of which this process is a member. Reply: <see cref="NetworkList"/>.</summary>
public sealed record GetNetworks : NetfluxRequest;

/// <summary>Asks who the members of a network are that a tracking server remembers, online or not. Reply: <see cref="TrackedMembers"/>; <see cref="NetfluxError.TrackingNotSupported"/> where nobody remembers it.</summary>
public sealed record GetTrackedMembers(NetworkId Network) : NetfluxRequest;

/// <summary>Asks for the networks that a tracking server remembers and shows to everybody: those that anybody may join. Reply: <see cref="TrackedNetworks"/>, or <see cref="NetfluxError.TrackingNotSupported"/>.</summary>
public sealed record GetTrackedNetworks : NetfluxRequest
{
    /// <summary>The server; null takes the default of the options.</summary>
    public Uri? Server { get; init; }
}

/// <summary>Has the tracking server forget another member, which the network's creator may. Reply: <see cref="TrackedMemberRemoved"/>.</summary>
public sealed record RemoveTrackedMember(NetworkId Network, PeerId Member) : NetfluxRequest;

/// <summary>Asks for the peers that are connected, in networks or outside. Reply: <see cref="PeerList"/>.</summary>
public sealed record GetPeers : NetfluxRequest;

// ---- Replies ----

/// <summary>The network exists and this process is its first member.</summary>
public sealed record NetworkCreated(Network Network) : INetfluxMessage;

/// <summary>This process is a member. The members listed are connected and are not announced again.</summary>
public sealed record NetworkJoined(Network Network, IReadOnlyList<Peer> Members) : INetfluxMessage;

/// <summary>This process is no longer a member; the last event of the network at its subscribers.</summary>
/// <param name="Network">Which network.</param>
/// <param name="Error">Why, unless it was asked for: <see cref="NetfluxError.Faulted"/>, <see cref="NetfluxError.Replaced"/>, <see cref="NetfluxError.Stopping"/>.</param>
public sealed record NetworkLeft(NetworkId Network, NetfluxError? Error = null) : INetfluxMessage;

/// <summary>The two peers of a meeting point are connected.</summary>
public sealed record PeerConnected(Peer Peer) : INetfluxMessage;

/// <summary>A peer outside any network is no longer connected. Reply to <see cref="DisconnectPeer"/>, and the last event at a subscriber of the peer.</summary>
public sealed record PeerDisconnected(PeerId Peer, PeerLeavingReason Reason) : INetfluxMessage;

/// <summary>The request was open and is withdrawn.</summary>
public sealed record RequestCancelled(RequestId Target) : INetfluxMessage;

/// <summary>An id of a peer.</summary>
public sealed record PeerIdentified(PeerId Id) : INetfluxMessage;

/// <summary>The networks of this process.</summary>
public sealed record NetworkList(IReadOnlyList<Network> Networks) : INetfluxMessage;

/// <summary>A member that a tracking server remembers. The member signed what it is called; the times are the server's word, by its clock.</summary>
/// <param name="Id">Which peer.</param>
/// <param name="Name">What it called itself when it joined.</param>
/// <param name="Since">When it became a member.</param>
/// <param name="LastSeen">When it was online; for who is offline up to ten minutes too early.</param>
/// <param name="OnlineSince">Since when it is online at the server; null for who is offline.</param>
public sealed record TrackedMember(PeerId Id, string Name, DateTimeOffset Since, DateTimeOffset LastSeen, DateTimeOffset? OnlineSince);

/// <summary>The members of a network that is remembered, this process among them, in the order of their ids.</summary>
public sealed record TrackedMembers(NetworkId Network, IReadOnlyList<TrackedMember> Members) : INetfluxMessage;

/// <summary>A network that a tracking server remembers.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name there, where it has one.</param>
/// <param name="Topology">What its genesis says.</param>
/// <param name="Members">How many members are remembered.</param>
/// <param name="Online">How many peers are at its door.</param>
public sealed record TrackedNetwork(NetworkId Id, string? Name, Topology Topology, int Members, int Online);

/// <summary>The networks, in the order of their ids; at most 10,000.</summary>
public sealed record TrackedNetworks(IReadOnlyList<TrackedNetwork> Networks) : INetfluxMessage;

/// <summary>The member is not remembered any more.</summary>
public sealed record TrackedMemberRemoved(NetworkId Network, PeerId Member) : INetfluxMessage;

/// <summary>The connected peers.</summary>
public sealed record PeerList(IReadOnlyList<Peer> Peers) : INetfluxMessage;
