using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.TestKit;

/// <summary>Subscribes for one run of a peer: writes down, confirms what it consumed, and sends what waits for a window.</summary>
internal sealed class Ear(TestPeer peer, int run) : UntypedActor
{
    internal sealed record Outgoing(NetfluxRequest Request, long Cost, SentMessage Sent);

    internal sealed record Send(Network Network, IReadOnlyList<Outgoing> Messages);

    internal sealed record ConfirmAll
    {
        public static readonly ConfirmAll Instance = new();
    }

    private sealed class Outbox(IActorRef network)
    {
        public IActorRef Network => network;
        public Queue<Outgoing> Waiting { get; } = new();
        public long UpTo { get; set; }
        public long Told { get; set; }
    }

    private readonly Dictionary<NetworkId, Outbox> _outboxes = [];
    private readonly Dictionary<RequestId, SentMessage> _sent = [];
    private readonly List<(IActorRef Of, long UpTo)> _unconfirmed = [];

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Send send: HandleSend(send); break;
            case ConfirmAll: HandleConfirmAll(); break;
            case SendWindowOpened { Network: { } network } opened when _outboxes.TryGetValue(network, out var outbox):
                outbox.UpTo = opened.UpTo;
                Drain(outbox);
                break;
            case MessageReceived received:
                peer.Hear(message, run);
                Confirm(received.Number);
                break;
            case PeerMessageReceived received:
                peer.Hear(message, run);
                Confirm(received.Number);
                break;
            case Status.Failure { Cause: NetfluxException { Request: { } request } }:
                if (_sent.Remove(request, out var refused)) refused.IsRefused = true;
                peer.Hear(message, run);
                break;
            default: peer.Hear(message, run); break;
        }
    }

    private void HandleSend(Send send)
    {
        // Who left a network and joined it again has another actor for it.
        if (!_outboxes.TryGetValue(send.Network.Id, out var outbox) || !outbox.Network.Equals(send.Network.Ref))
        {
            _outboxes[send.Network.Id] = outbox = new Outbox(send.Network.Ref);
            outbox.Network.Tell(new OpenSendWindow(), Self);
        }
        foreach (var message in send.Messages) outbox.Waiting.Enqueue(message);
        Drain(outbox);
    }

    private void Drain(Outbox outbox)
    {
        while (outbox.Waiting.TryPeek(out var next) && outbox.Told + next.Cost <= outbox.UpTo)
        {
            outbox.Waiting.Dequeue();
            outbox.Told += next.Cost;
            next.Sent.IsTold = true;
            _sent[next.Request.RequestId] = next.Sent;
            outbox.Network.Tell(next.Request, Self);
        }
    }

    private void Confirm(long number)
    {
        if (peer.IsPaused) _unconfirmed.Add((Sender, number));
        else Sender.Tell(new MessagesConsumed(Self, number), Self);
    }

    private void HandleConfirmAll()
    {
        foreach (var (of, upTo) in _unconfirmed) of.Tell(new MessagesConsumed(Self, upTo), Self);
        _unconfirmed.Clear();
    }
}
