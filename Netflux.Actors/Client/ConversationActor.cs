using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>The subscriber behind one handle: carries events into the queue, and the send window's openings to those who wait.</summary>
internal sealed class ConversationActor(Conversation conversation) : UntypedActor
{
    /// <summary>The request was answered; this is the actor to send to.</summary>
    internal sealed record Attach(IActorRef Target, NetworkId? Network) : INetfluxMessage;

    /// <summary>The handle was disposed of.</summary>
    internal sealed record End(INetfluxMessage? Last) : INetfluxMessage;

    private IActorRef? _target;
    private NetworkId? _network;
    private readonly OpenSendWindow _opening = new();
    private bool _unsubscribed;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Attach attach:
                (_target, _network) = (attach.Target, attach.Network);
                Context.Watch(attach.Target);
                attach.Target.Tell(_opening, Self);
                break;
            case SendWindowOpened opened:
                conversation.Window.Open(opened.UpTo);
                break;
            case MessageReceived received:
                Add(received, received.Network.Ref, received.Number);
                break;
            case PeerMessageReceived received:
                Add(received, received.From.Ref, received.Number);
                break;
            case PeerJoining joining:
                conversation.Members.Joined(joining.Peer);
                Add(joining);
                break;
            case PeerLeaving leaving:
                conversation.Members.Left(leaving.Peer);
                Add(leaving);
                break;
            case NetworkLeft or PeerDisconnected:
                Finish((INetfluxMessage)message);
                break;
            case SubscriptionEnded ended:
                // Sending goes on; only the events are over.
                conversation.Events.Close(ended);
                break;
            case End end:
                if (!_unsubscribed && end.Last is null) _target?.Tell(new Unsubscribe(Self), ActorRefs.Nobody);
                Finish(end.Last);
                break;
            case Terminated:
                Finish(_network is { } network ? new NetworkLeft(network, NetfluxError.Faulted) : null);
                break;
            case NetworkCreated or NetworkJoined or Subscribed or PeerConnected or MessageSent:
                break; // the one who asked has the same from the reply
            case Status.Failure { Cause: NetfluxException failure } when failure.Request == _opening.RequestId:
                conversation.Window.Close(failure);
                break;
            case Status.Failure:
                break; // of a payload told to a peer that was leaving in that moment: its PeerLeaving says so
            case INetfluxMessage other:
                Add(other);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        conversation.Window.Close(new NetfluxException(NetfluxError.Stopping, "Netflux is shutting down, or the handle was disposed of.") { Network = _network });
        conversation.Events.Close(null);
    }

    private void Add(INetfluxMessage happening, IActorRef? source = null, long number = 0)
    {
        if (_unsubscribed || conversation.Events.TryAdd(happening, source, number)) return;
        _unsubscribed = true;
        _target?.Tell(new Unsubscribe(Self), ActorRefs.Nobody);
        conversation.Events.Close(new SubscriptionEnded(_network, SubscriptionEndedReason.TooSlow));
    }

    private void Finish(INetfluxMessage? last)
    {
        var (error, text) = last switch
        {
            NetworkLeft { Error: { } e } => (e, "The network ended in this process."),
            NetworkLeft => (NetfluxError.NotAMember, "This process has left the network; join it again to send."),
            PeerDisconnected => (NetfluxError.UnknownPeer, "The peer is not connected any more; connect again to send."),
            _ => (NetfluxError.UnknownPeer, "The handle was disposed of, or its peer is gone."),
        };
        conversation.Window.Close(new NetfluxException(error, text) { Network = _network });
        conversation.Events.Close(last);
        Context.Stop(Self);
    }
}
