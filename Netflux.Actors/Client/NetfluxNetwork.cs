using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>
/// A network of which this process is a member. Disposing of it leaves the network; what ends with the process itself only goes offline.
/// Events wait from the join on; where they are not read for long, members that send are held back, and then the subscription ends with <see cref="SubscriptionEnded"/>.
/// </summary>
public sealed class NetfluxNetwork : IAsyncDisposable
{
    private readonly FacadeCalls _calls;
    private readonly Conversation _conversation;
    private int _disposed;

    private NetfluxNetwork(FacadeCalls calls, Conversation conversation, Network network)
    {
        (_calls, _conversation, Network) = (calls, conversation, network);
    }

    internal static Task<NetfluxNetwork> CreateAsync(FacadeCalls calls, Func<IActorRef, NetfluxRequest> request, CancellationToken cancellation) =>
        BeginAsync<NetworkCreated>(calls, calls.Facade, request, reply => (reply.Network, []), cancellation);

    internal static Task<NetfluxNetwork> JoinAsync(FacadeCalls calls, Func<IActorRef, NetfluxRequest> request, CancellationToken cancellation) =>
        BeginAsync<NetworkJoined>(calls, calls.Facade, request, reply => (reply.Network, reply.Members), cancellation);

    internal static Task<NetfluxNetwork> OpenAsync(FacadeCalls calls, Network network, CancellationToken cancellation) =>
        BeginAsync<Subscribed>(calls, calls.Facade, subscriber => new Subscribe(subscriber, ClientOptions.EventWindow) { Network = network.Id }, reply => (network, reply.Members), cancellation);

    private static async Task<NetfluxNetwork> BeginAsync<TReply>(FacadeCalls calls, IActorRef target, Func<IActorRef, NetfluxRequest> request,
        Func<TReply, (Network, IReadOnlyList<Peer>)> read, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var conversation = Conversation.Begin(calls.System);
        try
        {
            var (network, members) = read(await calls.AskAsync<TReply>(target, request(conversation.Ref), cancellation).ConfigureAwait(false));
            conversation.Attach(network.Ref, network.Id, members);
            return new(calls, conversation, network);
        }
        catch
        {
            calls.System.Stop(conversation.Ref);
            throw;
        }
    }

    /// <summary>The network as the messages name it; its <see cref="Messages.Network.Ref"/> may be told and watched.</summary>
    public Network Network { get; }

    /// <summary>Its id.</summary>
    public NetworkId Id => Network.Id;

    /// <summary>The name under which it was created or joined, where it has one.</summary>
    public string? Name => Network.Name;

    /// <summary>Where others join it, where a server keeps its door.</summary>
    public NetworkAddress? Address => Network.Address;

    /// <summary>What its genesis says.</summary>
    public Topology Topology => Network.Topology;

    /// <summary>Whether the server remembers it and its members, so that it can be joined when nobody is online.</summary>
    public bool IsTracked => Network.IsTracked;

    /// <summary>The members that are connected now, this process not among them, in the order of their ids; it may be ahead of the events that are read.</summary>
    public IReadOnlyList<Peer> Members => _conversation.Members.Snapshot;

    /// <summary>
    /// What happens in the network, from the join on, in order: <see cref="PeerJoining"/>, <see cref="MessageReceived"/>, <see cref="PeerSuspected"/>,
    /// <see cref="PeerRecovered"/>, <see cref="HubAwaited"/>, <see cref="HubReturned"/>, <see cref="NetworkGrown"/>, <see cref="TrackerEquivocated"/>, <see cref="ApprovalAsked"/>, <see cref="MessagesMissed"/>, <see cref="MessagesUndelivered"/>, <see cref="PeerLeaving"/>, and last <see cref="NetworkLeft"/>. A message counts as consumed,
    /// and its sender may go on, when the next one is asked for. One reader at a time; a later one reads on where the last one stopped.
    /// </summary>
    /// <exception cref="InvalidOperationException">The events are being read already; <see cref="NetfluxClient.OpenNetworkAsync"/> opens others.</exception>
    public IAsyncEnumerable<INetfluxMessage> Events(CancellationToken cancellation = default) => _conversation.Events.ReadAsync(cancellation);

    /// <summary><see cref="Events"/> as a source of Akka.Streams.</summary>
    public Source<INetfluxMessage, NotUsed> EventSource() => Source.From(() => Events());

    /// <summary>A sink that broadcasts each element, in order, as fast as the network takes them.</summary>
    public Sink<ReadOnlyMemory<byte>, Task<Done>> BroadcastSink() => Sink.ForEachAsync<ReadOnlyMemory<byte>>(1, payload => BroadcastAsync(payload).AsTask());

    /// <summary>A sink that sends each element to its peer, in order, as fast as the network takes them.</summary>
    public Sink<(PeerId To, ReadOnlyMemory<byte> Payload), Task<Done>> SendSink() =>
        Sink.ForEachAsync<(PeerId To, ReadOnlyMemory<byte> Payload)>(1, element => SendAsync(element.To, element.Payload).AsTask());

    /// <summary>
    /// Sends to one member. Completes at once while the network takes more, and otherwise when it does again: then the message has its place in the order. The bytes
    /// belong to Netflux from then on and must not change. A member that leaves in that very moment does not get it; its <see cref="PeerLeaving"/> says so.
    /// </summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.UnknownPeer"/>, <see cref="NetfluxError.MessageTooLarge"/>, <see cref="NetfluxError.NotAMember"/>, <see cref="NetfluxError.Stopping"/>.</exception>
    public ValueTask SendAsync(PeerId to, ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        Refusal(payload.Length) is { } refusal ? ValueTask.FromException(refusal)
        : !_conversation.Members.Contains(to) ? ValueTask.FromException(NotConnected(to))
        : _conversation.Window.TellAsync(Network.Ref, new SendMessage(to, payload), payload.Length, _conversation.Ref, cancellation);

    /// <inheritdoc cref="SendAsync(PeerId, ReadOnlyMemory{byte}, CancellationToken)" />
    public ValueTask SendAsync(Peer to, ReadOnlyMemory<byte> payload, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        return SendAsync(to.Id, payload, cancellation);
    }

    /// <summary>Sends to all members. Completes as <see cref="SendAsync(PeerId, ReadOnlyMemory{byte}, CancellationToken)"/> does.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.MessageTooLarge"/>, <see cref="NetfluxError.NotAMember"/>, <see cref="NetfluxError.Stopping"/>.</exception>
    public ValueTask BroadcastAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        Refusal(payload.Length) is { } refusal ? ValueTask.FromException(refusal)
        : _conversation.Window.TellAsync(Network.Ref, new BroadcastMessage(payload), payload.Length, _conversation.Ref, cancellation);

    /// <summary>Sends to one member, and completes when its subscribers have the message.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.PeerUnreachable"/>: it may not have arrived. And as <see cref="SendAsync(PeerId, ReadOnlyMemory{byte}, CancellationToken)"/>.</exception>
    public Task SendConfirmedAsync(PeerId to, ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        Refusal(payload.Length) is { } refusal ? Task.FromException(refusal)
        : ConfirmedSend.TellAsync(_calls.System, Network.Ref, new SendMessage(to, payload) { Confirm = true }, cancellation);

    /// <summary>Sends to all members, and completes when the subscribers of all of them, but for those that left meanwhile, have the message.</summary>
    public Task BroadcastConfirmedAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        Refusal(payload.Length) is { } refusal ? Task.FromException(refusal)
        : ConfirmedSend.TellAsync(_calls.System, Network.Ref, new BroadcastMessage(payload) { Confirm = true }, cancellation);

    /// <summary>How many members there are, this process among them: exact, or in a gossip network above its <c>exactMembers</c> an estimate.</summary>
    public async Task<int> CountMembersAsync(CancellationToken cancellation = default) =>
        (await _calls.AskAsync<MemberList>(new GetMembers { Network = Id }, cancellation).ConfigureAwait(false)).Count;

    /// <summary>Who the members are that the tracking server remembers, online or not, this process among them.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.TrackingNotSupported"/>: no server remembers this network.</exception>
    public async Task<IReadOnlyList<TrackedMember>> GetTrackedMembersAsync(CancellationToken cancellation = default) =>
        (await _calls.AskAsync<TrackedMembers>(new GetTrackedMembers(Id), cancellation).ConfigureAwait(false)).Members;

    /// <summary>Has the tracking server forget another member, which the network's creator may. Those that are connected to it stay so until they or it leave.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.NotAdmitted"/>: this process may not.</exception>
    public Task RemoveTrackedMemberAsync(PeerId member, CancellationToken cancellation = default) => _calls.AskAsync<TrackedMemberRemoved>(new RemoveTrackedMember(Id, member), cancellation);

    /// <summary>Asks the members who has links with whom. Takes at most 8 s; those that have not answered by then have no <see cref="GraphMember.Links"/>.</summary>
    public Task<NetworkGraph> GetGraphAsync(CancellationToken cancellation = default) => _calls.AskAsync<NetworkGraph>(new GetNetworkGraph { Network = Id }, cancellation).WaitAsync(cancellation);

    /// <summary>Invites a peer into this network. The answer is as with <see cref="NetfluxClient.InviteAsync(PeerId, NetworkId, TimeSpan?, CancellationToken)"/>.</summary>
    public Task<JoinRequestAnswer> InviteAsync(PeerId peer, TimeSpan? keepFor = null, CancellationToken cancellation = default) =>
        _calls.AskAsync<JoinRequestAnswer>(new SendJoinRequest(peer, Id) { KeepFor = keepFor }, cancellation);

    /// <summary>Issues a ticket that lets others into this network, which takes invited members only, also when nobody is online: the tracking server redeems it. Pass on its <see cref="Ticket.Text"/>.</summary>
    /// <param name="holder">For whom; null is whoever shows it.</param>
    /// <param name="uses">How many peers it lets in; null is no limit.</param>
    /// <param name="lasts">How long it can be shown: up to 366 days; null is seven days.</param>
    /// <param name="mayInvite">Whether who comes by it may invite others.</param>
    /// <param name="cancellation">Gives the ticket up.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.NotAdmitted"/>: this process may not invite. <see cref="NetfluxError.TrackingNotSupported"/>: no server remembers this network.</exception>
    public async Task<Ticket> IssueTicketAsync(PeerId? holder = null, int? uses = null, TimeSpan? lasts = null, bool mayInvite = false, CancellationToken cancellation = default) =>
        (await _calls.AskAsync<TicketIssued>(new IssueTicket(Id) { Holder = holder, Uses = uses, Lasts = lasts, MayInvite = mayInvite }, cancellation).ConfigureAwait(false)).Ticket;

    /// <summary>Who wishes to join this network; <see cref="Events"/> has <see cref="ApprovalAsked"/> of each that comes.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.NotAdmitted"/>: this process may not invite. <see cref="NetfluxError.TrackingNotSupported"/>: no server remembers this network.</exception>
    public async Task<IReadOnlyList<ApprovalRequest>> GetApprovalsAsync(CancellationToken cancellation = default) =>
        (await _calls.AskAsync<Approvals>(new GetApprovals(Id), cancellation).ConfigureAwait(false)).Requests;

    /// <summary>Lets in a peer that wishes to join. It learns of it at once, or when it comes.</summary>
    /// <param name="peer">As <see cref="GetApprovalsAsync"/> has it.</param>
    /// <param name="mayInvite">Whether the peer may invite others.</param>
    /// <param name="cancellation">Gives the answer up; the decision may be stored.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.UnknownRequest"/>: the wish waits no more.</exception>
    public Task ApproveAsync(PeerId peer, bool mayInvite = false, CancellationToken cancellation = default) =>
        _calls.AskAsync<ApprovalDecided>(new DecideApproval(Id, peer, Accept: true) { MayInvite = mayInvite }, cancellation);

    /// <summary>Does not let in a peer that wishes to join.</summary>
    /// <param name="peer">As <see cref="GetApprovalsAsync"/> has it.</param>
    /// <param name="why">For the peer: one line of at most 200 bytes.</param>
    /// <param name="cancellation">Gives the answer up; the decision may be stored.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.UnknownRequest"/>: the wish waits no more.</exception>
    public Task DeclineAsync(PeerId peer, string why = "", CancellationToken cancellation = default) =>
        _calls.AskAsync<ApprovalDecided>(new DecideApproval(Id, peer, Accept: false) { Why = why }, cancellation);

    /// <summary>Ends this process's membership. <see cref="Events"/> ends with <see cref="NetworkLeft"/>.</summary>
    public async Task LeaveAsync(CancellationToken cancellation = default)
    {
        var left = await _calls.AskAsync<NetworkLeft>(new LeaveNetwork(Id), cancellation).ConfigureAwait(false);
        _conversation.End(left);
    }

    /// <summary>Leaves the network, unless it has ended already.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        // Whatever the answer, this process is a member no longer: the network has ended, or Netflux has.
        try { await LeaveAsync().ConfigureAwait(false); }
        catch (NetfluxException failure) { _conversation.End(new NetworkLeft(Id, failure.Error == NetfluxError.NotAMember ? null : failure.Error)); }
    }

    private NetfluxException? Refusal(int payloadBytes) => payloadBytes <= Topology.MessageBytesMax ? null
        : new NetfluxException(NetfluxError.MessageTooLarge, $"The payload has {payloadBytes} bytes; this network takes at most {Topology.MessageBytesMax}.") { Network = Id };

    private NetfluxException NotConnected(PeerId peer) =>
        new(NetfluxError.UnknownPeer, $"{peer} is not connected in this network; Members has those who are.") { Network = Id, Peer = peer };
}
