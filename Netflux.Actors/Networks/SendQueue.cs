using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Networks;

/// <summary>
/// What one network (or one peer outside any network) sends: which message is accepted when, in which order, against which member's credit, and what became of
/// it. A pure core; after each call the driver takes the <see cref="HandOver"/>s first and then the instructions. The rules are in docs/decisions/0003-flow.md.
/// </summary>
internal sealed partial class SendQueue
{
    private readonly SendQueueOptions _options;
    private readonly int _messageBytesMax;
    private SlowMemberPolicy _policy;
    private readonly TimeSpan _slowMemberGrace;

    private readonly Dictionary<PeerId, SendMember> _membersById = [];
    private readonly List<SendMember> _members = []; // in the order of their ids
    private readonly Dictionary<object, SendWindow> _windows = [];
    private readonly FlightTable _flights = new();
    private readonly Ring<(SendMember To, FrameFlags Flags, ReadOnlyMemory<byte> Payload, long Id)> _handOvers = new();
    private readonly Queue<SendInstruction> _instructions = [];
    private SendWindow? _lastWindow;
    private int _windowSenders; // open ones, and closed ones whose messages still wait
    private long _lastId;

    public SendQueue(SendQueueOptions options, int messageBytesMax, SlowMemberPolicy policy, TimeSpan slowMemberGrace)
    {
        (_options, _messageBytesMax, _policy, _slowMemberGrace) = (options, messageBytesMax, policy, slowMemberGrace);
    }

    public bool TryTake([NotNullWhen(true)] out SendInstruction? instruction) => _instructions.TryDequeue(out instruction);

    public bool TryTakeHandOver(out HandOver handOver)
    {
        while (_handOvers.TryDequeue(out var next))
        {
            if (next.To.Ended) continue;
            handOver = new(next.To.Id, next.Flags, next.Payload, next.Id);
            return true;
        }
        handOver = default;
        return false;
    }

    /// <summary>The member's channel opened: its messages count from 1, and nothing of its credit is used.</summary>
    /// <param name="takesBroadcasts">Whether broadcasts go to it, too. Where the topology passes them on, they have a way of their own.</param>
    /// <param name="isShut">Nothing is accepted until <see cref="OpenShutMember"/>.</param>
    public void OpenMember(PeerId member, long windowCost, Instant now, bool takesBroadcasts = true, bool isShut = false)
    {
        CloseMember(member, now);
        Add(new SendMember(member, windowCost, takesBroadcasts, now) { IsShut = isShut }, now);
    }

    private void Add(SendMember opened, Instant now)
    {
        _membersById.Add(opened.Id, opened);
        var place = _members.FindIndex(other => other.Id > opened.Id);
        _members.Insert(place < 0 ? _members.Count : place, opened);
        Advance(now);
    }

    public void OpenShutMember(PeerId member, Instant now)
    {
        if (!_membersById.TryGetValue(member, out var shut)) return;
        shut.IsShut = false;
        Advance(now);
    }

    /// <summary>Nothing more is accepted for the member until <see cref="OpenShutMember"/>. What was accepted goes on, and nobody is blamed for what waits.</summary>
    public void ShutMember(PeerId member)
    {
        if (_membersById.TryGetValue(member, out var open)) open.IsShut = true;
    }

    /// <summary>All that was accepted for the member was consumed.</summary>
    public bool IsSettled(PeerId member) => !_membersById.TryGetValue(member, out var known) || known.Flights.Count == 0;

    /// <summary>Something waits to be accepted for the member alone.</summary>
    public bool IsWanted(PeerId member) => _membersById.TryGetValue(member, out var known) && known.Pending > 0;

    /// <summary>The member is reached in another way from now on: closed, and opened anew and shut for what is for it alone; but what waits for it goes on waiting.</summary>
    public void MoveMember(PeerId member, long windowCost, Instant now)
    {
        var moved = new SendMember(member, windowCost, takesBroadcasts: false, now) { IsShut = true };
        if (_membersById.TryGetValue(member, out var before)) MovePending(before, moved);
        CloseMember(member, now);
        Add(moved, now);
    }

    /// <summary>From now on senders wait for slow members, whatever the policy was.</summary>
    public void WaitForSlow() => _policy = SlowMemberPolicy.Wait;

    /// <summary>The member's channel closed: what is not known to have been consumed is reported, what waits for it is refused.</summary>
    public void CloseMember(PeerId member, Instant now, WayClosed? why = null)
    {
        if (!_membersById.Remove(member, out var closed)) return;
        closed.Ended = true;
        _members.Remove(closed);
        ReportUndelivered(closed);
        if (closed.Pending > 0) RefusePending(closed, why ?? WayClosed.Left);
        while (closed.Flights.TryDequeue(out var place)) Land(closed, place, consumed: false);
        Advance(now);
    }

    /// <summary>The member's subscribers have consumed this much since its channel opened. More than was sent to it is taken as all of it.</summary>
    public void HandleCredit(PeerId member, ulong messagesConsumed, long costConsumed, Instant now)
    {
        if (!_membersById.TryGetValue(member, out var from)) return;
        from.CostConsumed = Math.Max(from.CostConsumed, Math.Min(costConsumed, from.CostCharged));
        while (from.Consumed < messagesConsumed && from.Flights.TryDequeue(out var place))
        {
            from.Consumed++;
            from.LastProgress = now;
            Land(from, place, consumed: true);
        }
        if (_waiting > 0) Advance(now);
    }

    /// <summary>Gives the sender a window; one that has a window hears its state again.</summary>
    public void OpenWindow(object sender, Instant now, RequestId request = default)
    {
        if (!_windows.TryGetValue(sender, out var window))
        {
            if (_windowSenders >= _options.WindowSendersMax)
            {
                Refuse(sender, request, NetfluxError.TooMany, $"{_options.WindowSendersMax} senders have a send window already; close one, or send without a window.");
                return;
            }
            window = new SendWindow(sender, _options.SendWindow);
            _windows.Add(sender, window);
            _windowSenders++;
        }
        _instructions.Enqueue(window.State);
    }

    /// <summary>The sender has no window any more. What it told within it is still sent.</summary>
    public void CloseWindow(object sender)
    {
        if (!_windows.Remove(sender, out var window)) return;
        window.IsClosed = true;
        _lastWindow = null;
        if (window.Pending == 0) _windowSenders--;
    }

    public void Submit(in Submission submission, Instant now)
    {
        var window = FindWindow(submission.Sender);
        var withinWindow = window?.TryTell(SendWindowOpened.CostOf(submission.Payload.Length)) ?? true;
        SendMember? to = null;
        if (submission.Payload.Length > _messageBytesMax)
            Refuse(submission, window, NetfluxError.MessageTooLarge, $"The payload has {submission.Payload.Length} bytes, the network allows {_messageBytesMax}; send it in parts.");
        else if (submission.To is { } id && (!_membersById.TryGetValue(id, out to) || to.Ended))
            Refuse(submission, window, NetfluxError.UnknownPeer, $"{id} is not a connected member other than this one; wait until it has joined.");
        else if (!withinWindow)
            Refuse(submission, window, NetfluxError.SendWindowExceeded, "The send window is shut; wait for the next SendWindowOpened, and send the message again.");
        else if (MayGoAtOnce(to, window, submission.Payload.Length))
            Accept(submission.Sender, window, submission.RequestId, to, submission.Payload, submission.Confirm);
        else if (window is null && !HasPendingRoom(submission.Payload.Length))
            Refuse(submission, window, NetfluxError.SendWindowExceeded, "Too many messages wait to be sent; wait for the answers to some, or open a send window.");
        else
            AddPending(submission, window, to, now);
    }

    /// <summary>The request was cancelled, or its time has passed. What was accepted already stays so.</summary>
    public void Withdraw(RequestId request, Instant now)
    {
        for (var i = 0; i < _pending.Count; i++)
        {
            if (!_pending[i].Waits || _pending[i].RequestId != request) continue;
            var window = _pending[i].Window;
            var cost = SendWindowOpened.CostOf(_pending[i].Payload.Length);
            RemovePending(i);
            Settle(window, cost, accepted: false);
            TrimPending();
            Advance(now);
            return;
        }
    }

    private void Accept(object? sender, SendWindow? window, RequestId request, SendMember? to, ReadOnlyMemory<byte> payload, bool confirm)
    {
        var id = ++_lastId;
        var confirming = confirm ? sender : null;
        if (sender is not null && (confirm || window is null)) _instructions.Enqueue(new Accepted(sender, request, new MessageId(id)));
        var isLarge = payload.Length > Share;
        var place = _flights.Add(new Flight { Id = id, Confirming = confirming, Length = payload.Length, IsBroadcast = to is null, IsLarge = isLarge });
        if (to is not null) Give(to, place, payload, confirm);
        else
        {
            foreach (var member in _members)
            {
                if (member is { Ended: false, TakesBroadcasts: true }) Give(member, place, payload, confirm);
            }
        }
        if (_flights[place].Waiting == 0) Finish(place, delivered: true);
        else if (isLarge) _largeIsTaken = true;
        Settle(window, SendWindowOpened.CostOf(payload.Length), accepted: true);
    }

    private void Give(SendMember to, int place, ReadOnlyMemory<byte> payload, bool confirm)
    {
        ref var flight = ref _flights[place];
        flight.Waiting++;
        to.Flights.Enqueue(place);
        to.CostCharged += MessageCost.Of(flight.Length);
        if (flight.IsLarge) to.HoldsLarge = true;
        else to.HeldBytes += flight.Length;
        var flags = (flight.IsBroadcast ? FrameFlags.Broadcast : FrameFlags.None) | (confirm ? FrameFlags.ConfirmSoon : FrameFlags.None);
        _handOvers.Enqueue((to, flags, payload, flight.Id));
    }

    /// <summary>One member needs the message no more.</summary>
    private void Land(SendMember from, int place, bool consumed)
    {
        ref var flight = ref _flights[place];
        if (flight.IsLarge) from.HoldsLarge = false;
        else from.HeldBytes -= flight.Length;
        if (--flight.Waiting == 0) Finish(place, delivered: consumed || flight.IsBroadcast);
    }

    private void Finish(int place, bool delivered)
    {
        ref var flight = ref _flights[place];
        if (flight.IsLarge) _largeIsTaken = false;
        if (delivered && flight.Confirming is { } sender) _instructions.Enqueue(new Delivered(sender, new MessageId(flight.Id)));
        _flights.Free(place);
    }

    private void ReportUndelivered(SendMember closed)
    {
        if (closed.Flights.Count == 0) return;
        var senders = new List<object>();
        for (var i = 0; i < closed.Flights.Count; i++)
        {
            ref var flight = ref _flights[closed.Flights[i]];
            if (!flight.IsBroadcast && flight.Confirming is { } sender && !senders.Contains(sender)) senders.Add(sender);
        }
        var first = _flights[closed.Flights[0]].Id;
        var last = _flights[closed.Flights[closed.Flights.Count - 1]].Id;
        _instructions.Enqueue(new Undelivered(closed.Id, new MessageId(first), new MessageId(last), senders));
    }

    private void Refuse(in Submission submission, SendWindow? window, NetfluxError why, string text)
    {
        Refuse(submission.Sender, submission.RequestId, why, text);
        Settle(window, SendWindowOpened.CostOf(submission.Payload.Length), accepted: false);
    }

    private void Refuse(object? sender, RequestId request, NetfluxError why, string text) => _instructions.Enqueue(new Refused(sender, request, why, text));

    private void Settle(SendWindow? window, long cost, bool accepted)
    {
        if (window is not null && window.Settle(cost, accepted)) _instructions.Enqueue(window.State);
    }

    private SendWindow? FindWindow(object? sender)
    {
        if (sender is null || _windows.Count == 0) return null;
        if (_lastWindow is { } last && ReferenceEquals(last.Sender, sender)) return last;
        if (_windows.TryGetValue(sender, out var window)) _lastWindow = window;
        return window;
    }
}
