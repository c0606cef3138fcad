using System.Runtime.CompilerServices;
using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>A peer that is connected, in or outside networks. Disposing of this drops the handle alone; <see cref="DisconnectAsync"/> ends the connection.</summary>
public sealed class NetfluxPeer : IAsyncDisposable
{
    private readonly FacadeCalls _calls;
    private readonly Conversation _conversation;

    private NetfluxPeer(FacadeCalls calls, Conversation conversation, Peer peer)
    {
        (_calls, _conversation, Peer) = (calls, conversation, peer);
        conversation.Attach(peer.Ref, null, []);
    }

    internal static async Task<NetfluxPeer> ConnectAsync(FacadeCalls calls, Uri meeting, CancellationToken cancellation)
    {
        var conversation = Conversation.Begin(calls.System);
        return await OrStopAsync(calls, conversation, async () => (await calls.AskAsync<PeerConnected>(
            new ConnectPeer(meeting) { Subscriber = conversation.Ref, Window = ClientOptions.EventWindow }, cancellation).ConfigureAwait(false)).Peer).ConfigureAwait(false);
    }

    internal static async Task<NetfluxPeer> OpenAsync(FacadeCalls calls, Peer peer, CancellationToken cancellation)
    {
        var conversation = Conversation.Begin(calls.System);
        return await OrStopAsync(calls, conversation, async () =>
        {
            await calls.AskAsync<Subscribed>(peer.Ref, new Subscribe(conversation.Ref, ClientOptions.EventWindow), cancellation).ConfigureAwait(false);
            return peer;
        }).ConfigureAwait(false);
    }

    private static async Task<NetfluxPeer> OrStopAsync(FacadeCalls calls, Conversation conversation, Func<Task<Peer>> connect)
    {
        try
        {
            return new(calls, conversation, await connect().ConfigureAwait(false));
        }
        catch
        {
            calls.System.Stop(conversation.Ref);
            throw;
        }
    }

    /// <summary>The peer as the messages name it; its <see cref="Messages.Peer.Ref"/> may be told and watched.</summary>
    public Peer Peer { get; }

    /// <summary>Its id, proven.</summary>
    public PeerId Id => Peer.Id;

    /// <summary>The display name that it gave, unproven.</summary>
    public string Name => Peer.Name;

    /// <summary>Sends to the peer outside any network. Completes at once while the session takes more, and otherwise when it does again.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.UnknownPeer"/>: not connected any more. <see cref="NetfluxError.Stopping"/>.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        _conversation.Window.TellAsync(Peer.Ref, new SendMessage(Id, payload), payload.Length, _conversation.Ref, cancellation);

    /// <summary>Sends, and completes when the peer's subscribers have the message.</summary>
    public Task SendConfirmedAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        ConfirmedSend.TellAsync(_calls.System, Peer.Ref, new SendMessage(Id, payload) { Confirm = true }, cancellation);

    /// <summary>What comes from the peer outside any network, in order, until it is not connected any more. One reader at a time, as with <see cref="NetfluxNetwork.Events"/>.</summary>
    public async IAsyncEnumerable<PeerMessageReceived> Messages([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var happening in _conversation.Events.ReadAsync(cancellation).ConfigureAwait(false))
            if (happening is PeerMessageReceived message) yield return message;
    }

    /// <summary>The messages, and last <see cref="PeerDisconnected"/>.</summary>
    internal IAsyncEnumerable<INetfluxMessage> Events(CancellationToken cancellation = default) => _conversation.Events.ReadAsync(cancellation);

    /// <summary>Invites the peer into a network of which this process is a member.</summary>
    public Task<JoinRequestAnswer> InviteAsync(NetfluxNetwork network, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        return _calls.AskAsync<JoinRequestAnswer>(new SendJoinRequest(Id, network.Id), cancellation);
    }

    /// <summary>Ends the connection.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.SharedNetworks"/> while networks are shared with the peer.</exception>
    public async Task DisconnectAsync(CancellationToken cancellation = default)
    {
        var disconnected = await _calls.AskAsync<PeerDisconnected>(new DisconnectPeer(Id), cancellation).ConfigureAwait(false);
        _conversation.End(disconnected);
    }

    /// <summary>Drops the handle; the connection stays.</summary>
    public ValueTask DisposeAsync()
    {
        _conversation.End(null);
        return ValueTask.CompletedTask;
    }
}
