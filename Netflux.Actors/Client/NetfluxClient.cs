using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>
/// The typed face of Netflux for code that is not an actor: a thin layer over the messages of <see cref="Messages"/>. Every method answers, or throws
/// <see cref="NetfluxException"/>, or <see cref="OperationCanceledException"/> once its token is cancelled; the deadlines are the facade's.
/// One client serves any number of callers at once.
/// </summary>
public sealed class NetfluxClient
{
    private readonly Lazy<Task<FacadeCalls>> _calls;
    private readonly ILogger? _log;

    /// <summary>A client of this facade.</summary>
    /// <param name="facade">The facade's actor.</param>
    /// <param name="system">The actor system of the facade; the client's few actors live there.</param>
    /// <param name="log">Hears of join requests that could not be answered.</param>
    public NetfluxClient(IActorRef facade, ActorSystem system, ILogger<NetfluxClient>? log = null)
    {
        ArgumentNullException.ThrowIfNull(facade);
        ArgumentNullException.ThrowIfNull(system);
        var calls = new FacadeCalls(facade, system);
        (_calls, _log) = (new(Task.FromResult(calls)), log);
    }

    /// <summary>A client of a facade that is started later, with the host.</summary>
    internal NetfluxClient(Func<Task<(IActorRef Facade, ActorSystem System)>> facade, ILogger<NetfluxClient>? log) =>
        (_calls, _log) = (new(async () => { var (actor, system) = await facade().ConfigureAwait(false); return new(actor, system); }), log);

    /// <summary>Creates a network with this process as its first member.</summary>
    /// <param name="topology">What its genesis fixes; <see cref="Topology.FullMesh"/> for a start.</param>
    /// <param name="name">The name under which the server keeps its door; without it others join by id.</param>
    /// <param name="server">The server; null takes the default of the options, and without one the network is joined by invitation only.</param>
    /// <param name="track">Whether the server is to remember the network and its members, so that it can be joined when nobody is online.</param>
    /// <param name="cancellation">Withdraws the request; what was created nevertheless is left again.</param>
    public async Task<NetfluxNetwork> CreateAsync(Topology topology, string? name = null, Uri? server = null, bool track = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(topology);
        return await NetfluxNetwork.CreateAsync(await CallsAsync(cancellation).ConfigureAwait(false),
            subscriber => new CreateNetwork(topology.Json) { Name = name, Server = server, Track = track, Subscriber = subscriber, Window = ClientOptions.EventWindow }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Joins the network at this address.</summary>
    /// <param name="address"><c>ws(s)://host[:port]/net/NAME-OR-ID</c></param>
    /// <param name="orCreate">The topology with which to create it where there is none by this name; null fails with <see cref="NetfluxError.NetworkNotFound"/> then.</param>
    /// <param name="cancellation">Withdraws the request; what was joined nevertheless is left again.</param>
    public async Task<NetfluxNetwork> JoinAsync(NetworkAddress address, Topology? orCreate = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        return await NetfluxNetwork.JoinAsync(await CallsAsync(cancellation).ConfigureAwait(false),
            subscriber => new JoinNetwork(address) { OrCreate = orCreate?.Json, Subscriber = subscriber, Window = ClientOptions.EventWindow }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Joins a network that takes invited members only, by a ticket that one of them issued (<see cref="NetfluxNetwork.IssueTicketAsync"/>) and its tracking server redeems.</summary>
    /// <param name="address"><c>ws(s)://host[:port]/net/NAME-OR-ID</c></param>
    /// <param name="ticket">Not needed again once this process is a member.</param>
    /// <param name="cancellation">Withdraws the request; what was joined nevertheless is left again. The ticket may count as used.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.TicketInvalid"/>, <see cref="NetfluxError.TicketExpired"/>, <see cref="NetfluxError.TicketUsedUp"/>: it lets nobody in, or not this process.</exception>
    public async Task<NetfluxNetwork> JoinAsync(NetworkAddress address, Ticket ticket, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(ticket);
        return await NetfluxNetwork.JoinAsync(await CallsAsync(cancellation).ConfigureAwait(false),
            subscriber => new JoinNetwork(address) { Ticket = ticket, Subscriber = subscriber, Window = ClientOptions.EventWindow }, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks to be let into a network that takes invited members only, and joins it once a member has said yes, or did so while this process was away. The wish waits at the tracking server for seven
    /// days, also when this process ends, until a member decides or <see cref="WithdrawApprovalAsync"/> takes it back.
    /// </summary>
    /// <param name="address"><c>ws(s)://host[:port]/net/NAME-OR-ID</c></param>
    /// <param name="text">For the members: one line of at most 200 bytes, which may be empty.</param>
    /// <param name="wait">How long a decision is waited for; null takes the time of other requests.</param>
    /// <param name="cancellation">Gives the waiting up, and not the wish.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.ApprovalAwaited"/>: nobody has decided yet; ask again later. <see cref="NetfluxError.ApprovalDeclined"/>: a member said no.</exception>
    public async Task<NetfluxNetwork> AskToJoinAsync(NetworkAddress address, string text = "", TimeSpan? wait = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(text);
        return await NetfluxNetwork.JoinAsync(await CallsAsync(cancellation).ConfigureAwait(false),
            subscriber => new JoinNetwork(address) { Ask = text, Deadline = wait, Subscriber = subscriber, Window = ClientOptions.EventWindow }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes back the wish to join a network.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.UnknownRequest"/>: it waits no more; it was decided or withdrawn, or its time was over.</exception>
    public async Task WithdrawApprovalAsync(NetworkAddress address, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        await AskAsync<ApprovalWithdrawn>(new WithdrawApproval(address), cancellation).ConfigureAwait(false);
    }

    /// <summary>Opens a further handle, with events of its own, on a network of which this process is a member, such as one of <see cref="GetNetworksAsync"/>.</summary>
    public async Task<NetfluxNetwork> OpenNetworkAsync(Network network, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        return await NetfluxNetwork.OpenAsync(await CallsAsync(cancellation).ConfigureAwait(false), network, cancellation).ConfigureAwait(false);
    }

    /// <summary>Connects two peers that name the same meeting point: the first waits, the second is connected to it.</summary>
    /// <param name="meeting"><c>ws(s)://host[:port]/meet/KEY</c></param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<NetfluxPeer> ConnectAsync(Uri meeting, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(meeting);
        return await NetfluxPeer.ConnectAsync(await CallsAsync(cancellation).ConfigureAwait(false), meeting, cancellation).ConfigureAwait(false);
    }

    /// <summary>Opens a handle, with messages of its own, on a peer that is connected, such as one of <see cref="GetPeersAsync"/>.</summary>
    public async Task<NetfluxPeer> OpenPeerAsync(Peer peer, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return await NetfluxPeer.OpenAsync(await CallsAsync(cancellation).ConfigureAwait(false), peer, cancellation).ConfigureAwait(false);
    }

    /// <summary>Answers the join requests that come to this process. There is one answerer at a time; <see cref="JoinRequestAnswering.Started"/> tells whether this one is it.</summary>
    /// <param name="handler">Decides. Where it throws, the request is declined; what it leaves open is answered by the facade's deadline.</param>
    /// <param name="joined">Is given each network that was joined so, and owns it. Null: the network is joined without a subscriber, and opened with <see cref="OpenNetworkAsync"/> where it is wanted.</param>
    public JoinRequestAnswering AnswerJoinRequests(Func<JoinRequest, CancellationToken, ValueTask<JoinAnswer>> handler, Func<NetfluxNetwork, ValueTask>? joined = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return new(CallsAsync, handler, joined, _log);
    }

    /// <summary>
    /// Invites a peer into a network of which this process is a member. The answer is a <see cref="JoinRequestAccepted"/> or a <see cref="JoinRequestDeclined"/>; of a peer that is not connected, and
    /// is a member of another network that a tracking server remembers, a <see cref="JoinRequestKept"/>.
    /// </summary>
    /// <param name="peer">Who is invited.</param>
    /// <param name="network">Into which network.</param>
    /// <param name="keepFor">How long it waits for a peer that is not connected: up to seven days; null is one day.</param>
    /// <param name="cancellation">Withdraws the request.</param>
    public async Task<JoinRequestAnswer> InviteAsync(PeerId peer, NetworkId network, TimeSpan? keepFor = null, CancellationToken cancellation = default) =>
        await AskAsync<JoinRequestAnswer>(new SendJoinRequest(peer, network) { KeepFor = keepFor }, cancellation).ConfigureAwait(false);

    /// <summary>Takes back a join request that is kept.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.UnknownRequest"/>: it is kept no more; it was answered or withdrawn, or its time was over.</exception>
    public async Task WithdrawAsync(JoinRequestKept kept, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(kept);
        await AskAsync<JoinRequestWithdrawn>(new WithdrawJoinRequest(kept.Through, kept.Id), cancellation).ConfigureAwait(false);
    }

    /// <summary>Invites a connected peer into a network of which this process is a member.</summary>
    public Task<JoinRequestAnswer> InviteAsync(Peer peer, NetfluxNetwork network, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(network);
        return InviteAsync(peer.Id, network.Id, cancellation: cancellation);
    }

    /// <summary>This process's own id.</summary>
    public async Task<PeerId> GetPeerIdAsync(CancellationToken cancellation = default) =>
        (await AskAsync<PeerIdentified>(new GetPeerId(), cancellation).ConfigureAwait(false)).Id;

    /// <summary>The networks of which this process is a member.</summary>
    public async Task<IReadOnlyList<Network>> GetNetworksAsync(CancellationToken cancellation = default) =>
        (await AskAsync<NetworkList>(new GetNetworks(), cancellation).ConfigureAwait(false)).Networks;

    /// <summary>The networks that a tracking server remembers and shows to everybody: those that anybody may join.</summary>
    /// <param name="server">The server; null takes the default of the options.</param>
    /// <param name="cancellation">Gives the list up.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.TrackingNotSupported"/>: it remembers none.</exception>
    public async Task<IReadOnlyList<TrackedNetwork>> GetTrackedNetworksAsync(Uri? server = null, CancellationToken cancellation = default) =>
        (await AskAsync<TrackedNetworks>(new GetTrackedNetworks { Server = server }, cancellation).ConfigureAwait(false)).Networks;

    /// <summary>The peers that are connected, in networks or outside.</summary>
    public async Task<IReadOnlyList<Peer>> GetPeersAsync(CancellationToken cancellation = default) =>
        (await AskAsync<PeerList>(new GetPeers(), cancellation).ConfigureAwait(false)).Peers;

    /// <summary>How links to a peer were looked for, and what came of it, for as long as there is a link or one is looked for.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.UnknownPeer"/>: nothing is known of it.</exception>
    public async Task<LinkReport> GetLinkReportAsync(PeerId peer, CancellationToken cancellation = default) =>
        await AskAsync<LinkReport>(new GetLinkReport(peer), cancellation).ConfigureAwait(false);

    private Task<FacadeCalls> CallsAsync(CancellationToken cancellation) => _calls.Value.WaitAsync(cancellation);

    private async Task<T> AskAsync<T>(NetfluxRequest request, CancellationToken cancellation) =>
        await (await CallsAsync(cancellation).ConfigureAwait(false)).AskAsync<T>(request, cancellation).ConfigureAwait(false);
}
