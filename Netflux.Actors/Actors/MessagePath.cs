using Akka.Actor;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Wire;

namespace Netflux.Actors;

/// <summary>What a <see cref="MessagePath"/> needs of the actor it belongs to.</summary>
internal interface IMessagePathOwner
{
    /// <summary>The network; null at a peer's actor.</summary>
    NetworkId? Network { get; }

    IReadOnlyList<Peer> Members { get; }

    /// <summary>How many members there are, this process among them.</summary>
    int CountMembers() => Members.Count + 1;

    /// <summary>Somebody here wants to send to this peer.</summary>
    void Want(PeerId to)
    {
    }

    void HandOver(in HandOver handOver);

    /// <summary>All that was accepted in this turn was handed over.</summary>
    void Flush()
    {
    }

    void Consumed(PeerId member, ulong upTo);

    void DropSlow(PeerId member);

    INetfluxMessage MessageFor(in Telling<INetfluxMessage, Peer> telling);
}

/// <summary>
/// The users' side of a network, or of a peer outside any network: drives the queue of what they send and the subscriptions of those who listen, and
/// answers them. The same for both kinds of owner.
/// </summary>
internal sealed class MessagePath
{
    private readonly IActorContext _context;
    private readonly IMessagePathOwner _owner;
    private readonly TimeSpan _requestTimeout;
    private readonly SendQueue _sends;
    private readonly Subscriptions<INetfluxMessage, Peer> _subscriptions = new(SubscriptionsOptions.Default);
    private readonly OpenRequests _pending = new();
    private readonly Dictionary<IActorRef, Role> _known = [];
    private readonly DeadlineTimer _sendTimer;
    private readonly DeadlineTimer _subscriptionTimer;
    private readonly DeadlineTimer _requestTimer;

    public MessagePath(IActorContext context, IMessagePathOwner owner, Topology limits, TimeSpan requestTimeout)
    {
        (_context, _owner, _requestTimeout) = (context, owner, requestTimeout);
        _sends = new(SendQueueOptions.Default, limits.MessageBytesMax, limits.SlowMember, limits.SlowMemberGrace);
        (_sendTimer, _subscriptionTimer, _requestTimer) = (new(context, "sends"), new(context, "subscriptions"), new(context, "requests"));
    }

    private Instant Now => Clock.Now(_context.System.Scheduler);

    public bool TryHandle(object message)
    {
        switch (message)
        {
            case SendMessage send: Submit(send, send.To, send.Payload, send.Confirm); break;
            case BroadcastMessage broadcast: Submit(broadcast, null, broadcast.Payload, broadcast.Confirm); break;
            case MessagesConsumed consumed: _subscriptions.HandleConsumed(consumed.Subscriber, consumed.UpTo, Now); break;
            case OpenSendWindow open: Know(_context.Sender, Role.Sender); _sends.OpenWindow(_context.Sender, Now, open.RequestId); break;
            case Subscribe subscribe: HandleSubscribe(subscribe); break;
            case Unsubscribe unsubscribe: HandleUnsubscribe(unsubscribe); break;
            case GetMembers: _context.Sender.Tell(new MemberList(_owner.Members) { Count = _owner.CountMembers() }, _context.Self); break;
            case CancelRequest cancel: HandleCancel(cancel); break;
            case DeadlineDue due: return HandleDue(due);
            case Terminated terminated when _known.ContainsKey(terminated.ActorRef): HandleTerminated(terminated.ActorRef); break;
            default: return false;
        }
        Drain();
        return true;
    }

    // ---- The owner's side ----

    public void OpenWay(PeerId way, long windowCost, bool takesBroadcasts, bool isShut = false)
    {
        _sends.OpenMember(way, windowCost, Now, takesBroadcasts, isShut);
        Drain();
    }

    public void OpenShutWay(PeerId way)
    {
        _sends.OpenShutMember(way, Now);
        Drain();
    }

    /// <summary>What was undelivered is told at once.</summary>
    public void CloseWay(PeerId way, WayClosed? why = null)
    {
        _sends.CloseMember(way, Now, why);
        Drain();
    }

    public void ShutWay(PeerId way) => _sends.ShutMember(way);

    public bool IsSettled(PeerId way) => _sends.IsSettled(way);

    public bool IsWanted(PeerId way) => _sends.IsWanted(way);

    public void MoveWay(PeerId way, long windowCost)
    {
        _sends.MoveMember(way, windowCost, Now);
        Drain();
    }

    public void WaitForSlow() => _sends.WaitForSlow();

    public void OpenAuthor(Peer author) => _subscriptions.OpenMember(author.Id, author);

    public void CloseAuthor(PeerId author) => _subscriptions.CloseMember(author);

    /// <summary>Bytes that subscribers have not consumed.</summary>
    public long HeldBytes => _subscriptions.HeldBytes;

    public void CreditWay(PeerId member, ulong messages, long cost)
    {
        _sends.HandleCredit(member, messages, cost, Now);
        Drain();
    }

    public void Deliver(PeerId from, FrameFlags flags, ReadOnlyMemory<byte> payload)
    {
        NetfluxTelemetry.MessagesReceived.Add(1);
        _subscriptions.HandleMessage(from, payload, flags.HasFlag(FrameFlags.Broadcast) ? Delivery.Broadcast : Delivery.Direct, Now);
    }

    public void TellEvent(INetfluxMessage happened)
    {
        _subscriptions.HandleEvent(happened, Now);
        Drain();
    }

    /// <summary>False where there are too many subscribers.</summary>
    public bool TrySubscribe(IActorRef subscriber, int? window)
    {
        if (!_subscriptions.TrySubscribe(subscriber, window, Now)) return false;
        Know(subscriber, Role.Subscriber);
        Drain();
        return true;
    }

    public bool IsSubscriber(IActorRef actor) => _known.GetValueOrDefault(actor).HasFlag(Role.Subscriber);

    /// <summary>The last words to every subscriber, whatever else waits for it, and a failure to everybody who still waits to send.</summary>
    public void End(INetfluxMessage lastWord, IActorRef? except, NetfluxError why, string text)
    {
        foreach (var (actor, role) in _known)
        {
            if (role.HasFlag(Role.Subscriber) && !actor.Equals(except)) actor.Tell(lastWord, _context.Self);
        }
        foreach (var open in _pending.FindAll(_ => true))
        {
            _pending.TryClose(open.Id, out _);
            Fail(open.Requester, open.Id, why, text);
        }
    }

    public void Stop()
    {
        _sendTimer.Set(null);
        _subscriptionTimer.Set(null);
        _requestTimer.Set(null);
    }

    // ---- Sending ----

    private void Submit(NetfluxRequest request, PeerId? to, ReadOnlyMemory<byte> payload, bool confirm)
    {
        var sender = _context.Sender.IsNobody() ? null : _context.Sender;
        if (to is { } receiver) _owner.Want(receiver);
        _sends.Submit(new Submission(sender, request.RequestId, to, payload, confirm), Now);
        if (sender is null || _known.GetValueOrDefault(sender).HasFlag(Role.Sender)) return;
        _pending.Add(new OpenRequest(request, sender, Now + (request.Deadline ?? _requestTimeout)));
    }

    private void HandleCancel(CancelRequest cancel)
    {
        if (_pending.TryClose(cancel.Target, out var open))
        {
            _sends.Withdraw(cancel.Target, Now);
            Fail(open.Requester, open.Id, NetfluxError.Cancelled, "The message was withdrawn before it was accepted.");
            _context.Sender.Tell(new RequestCancelled(cancel.Target), _context.Self);
        }
        else
        {
            Fail(_context.Sender, cancel.RequestId, NetfluxError.UnknownRequest, $"No message of the request {cancel.Target} waits here; it may be accepted already.");
        }
    }

    // ---- Listening ----

    private void HandleSubscribe(Subscribe subscribe)
    {
        if (subscribe.Window is < 1)
        {
            Fail(_context.Sender, subscribe.RequestId, NetfluxError.InvalidOptions, $"Window is {subscribe.Window}; at least 1, or null for none, is expected.");
            return;
        }
        // Told before the subscription begins, so that it comes first.
        var reply = new Subscribed(_owner.Network, _owner.Members);
        if (_known.Count(pair => pair.Value.HasFlag(Role.Subscriber)) >= SubscriptionsOptions.Default.SubscribersMax && !IsSubscriber(subscribe.Subscriber))
        {
            Fail(_context.Sender, subscribe.RequestId, NetfluxError.TooMany, $"{SubscriptionsOptions.Default.SubscribersMax} subscribers listen already; end one first.");
            return;
        }
        _context.Sender.Tell(reply, _context.Self);
        TrySubscribe(subscribe.Subscriber, subscribe.Window);
    }

    private void HandleUnsubscribe(Unsubscribe unsubscribe)
    {
        _subscriptions.Unsubscribe(unsubscribe.Subscriber);
        Drain();
        if (!_context.Sender.Equals(unsubscribe.Subscriber) || !IsSubscriber(unsubscribe.Subscriber))
            _context.Sender.Tell(new SubscriptionEnded(_owner.Network, SubscriptionEndedReason.Unsubscribed), _context.Self);
    }

    private void HandleTerminated(IActorRef actor)
    {
        var role = _known[actor];
        _known.Remove(actor);
        if (role.HasFlag(Role.Sender)) _sends.CloseWindow(actor);
        if (role.HasFlag(Role.Subscriber)) _subscriptions.Unsubscribe(actor);
    }

    private void Know(IActorRef actor, Role role)
    {
        if (!_known.ContainsKey(actor)) _context.Watch(actor);
        _known[actor] = _known.GetValueOrDefault(actor) | role;
    }

    private void Forget(IActorRef actor, Role role)
    {
        if (!_known.TryGetValue(actor, out var roles)) return;
        if ((_known[actor] = roles & ~role) != Role.None) return;
        _known.Remove(actor);
        _context.Unwatch(actor);
    }

    // ---- Carrying out ----

    private bool HandleDue(DeadlineDue due)
    {
        switch (due.Name)
        {
            case "sends":
                _sendTimer.Fired();
                if (_sends.NextDeadline is { } send && send <= Now) _sends.HandleDeadline(Now);
                break;
            case "subscriptions":
                _subscriptionTimer.Fired();
                if (_subscriptions.NextDeadline is { } subscription && subscription <= Now) _subscriptions.HandleDeadline(Now);
                break;
            case "requests":
                _requestTimer.Fired();
                foreach (var open in _pending.Expire(Now))
                {
                    _sends.Withdraw(open.Id, Now);
                    Fail(open.Requester, open.Id, NetfluxError.TimedOut, "The message was not accepted within its deadline, as its receivers do not take more; it was not sent.");
                }
                break;
            default:
                return false;
        }
        Drain();
        return true;
    }

    /// <summary>Carries out what both cores want. Called after every message to them; the owner calls it after a batch of <see cref="Deliver"/>.</summary>
    public void Drain()
    {
        bool more;
        do
        {
            more = false;
            while (_sends.TryTakeHandOver(out var handOver))
            {
                NetfluxTelemetry.MessagesSent.Add(1);
                _owner.HandOver(handOver);
            }
            _owner.Flush();
            while (_sends.TryTake(out var instruction))
            {
                more = true;
                Carry(instruction);
            }
            while (_subscriptions.TryTakeTelling(out var telling))
                ((IActorRef)telling.Subscriber).Tell(telling.IsMessage ? _owner.MessageFor(telling) : telling.Event!, _context.Self);
            while (_subscriptions.TryTake(out var instruction))
            {
                more = true;
                Carry(instruction);
            }
        }
        while (more);
        _sendTimer.Set(_sends.NextDeadline);
        _subscriptionTimer.Set(_subscriptions.NextDeadline);
        _requestTimer.Set(_pending.NextDeadline);
    }

    private void Carry(SendInstruction instruction)
    {
        switch (instruction)
        {
            case Accepted accepted:
                _pending.TryClose(accepted.RequestId, out _);
                ((IActorRef)accepted.Sender).Tell(new MessageSent(accepted.Id), _context.Self);
                break;
            case Refused refused:
                var to = _pending.TryClose(refused.RequestId, out var closed) ? (closed.Request as SendMessage)?.To : null;
                if (refused.Sender is IActorRef sender) Fail(sender, refused.RequestId, refused.Why, refused.Text, to);
                break;
            case WindowOpened opened:
                ((IActorRef)opened.Sender).Tell(new SendWindowOpened(_owner.Network, opened.UpTo, opened.AcceptedCount), _context.Self);
                break;
            case Delivered delivered:
                ((IActorRef)delivered.Sender).Tell(new MessageDelivered(delivered.Id), _context.Self);
                break;
            case Undelivered undelivered:
                var report = new MessagesUndelivered(undelivered.Member, _owner.Network, undelivered.First, undelivered.Last);
                foreach (var confirming in undelivered.ConfirmingSenders.Cast<IActorRef>().Where(confirming => !IsSubscriber(confirming))) confirming.Tell(report, _context.Self);
                _subscriptions.HandleEvent(report, Now);
                break;
            case DropSlowMember drop:
                _owner.DropSlow(drop.Member);
                break;
        }
    }

    private void Carry(SubscriptionInstruction instruction)
    {
        switch (instruction)
        {
            case ConsumedUpTo consumed:
                _owner.Consumed(consumed.Member, consumed.Messages);
                break;
            case EndSubscription end:
                var subscriber = (IActorRef)end.Subscriber;
                Forget(subscriber, Role.Subscriber);
                subscriber.Tell(new SubscriptionEnded(_owner.Network, end.Reason), _context.Self);
                break;
        }
    }

    private void Fail(IActorRef requester, RequestId request, NetfluxError error, string text, PeerId? peer = null) =>
        requester.Tell(new Status.Failure(new NetfluxException(error, text) { Request = request, Network = _owner.Network, Peer = peer }), _context.Self);

    [Flags]
    private enum Role
    {
        None = 0,
        Sender = 1,
        Subscriber = 2,
    }
}
