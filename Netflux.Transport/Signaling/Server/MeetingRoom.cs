using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Transport.Signaling.Wire;

namespace Netflux.Transport.Signaling.Server;

/// <summary>A meeting point: the first waits, the second is connected to it, and the point is free again. Two who met can be introduced until both are done.</summary>
internal sealed class MeetingRoom(string key) : IRoom
{
    private const int PairsMax = 64; // guess: who uses one key so often at once has another use in mind

    /// <summary>Away: its connection ended, and it may come back on another. Done: it said so.</summary>
    private enum Presence { Here, Away, Done }

    private sealed record Pair(Visitor First, Visitor Second, Presence FirstIs, Presence SecondIs, Instant Until)
    {
        public bool Has(PeerId peer) => First.Id == peer || Second.Id == peer;
        public Presence Of(PeerId peer) => First.Id == peer ? FirstIs : SecondIs;
        public Visitor Visitor(PeerId peer) => First.Id == peer ? First : Second;
        public Visitor Other(PeerId than) => First.Id == than ? Second : First;
        public Pair With(Visitor who) => First.Id == who.Id ? this with { First = who, FirstIs = Presence.Here } : this with { Second = who, SecondIs = Presence.Here };
        public Pair With(PeerId peer, Presence presence) => First.Id == peer ? this with { FirstIs = presence } : this with { SecondIs = presence };
    }

    private readonly List<Pair> _pairs = []; // the oldest first
    private (Visitor Who, ulong Request)? _waiting;

    public bool IsOver => _waiting is null && _pairs.Count == 0;

    public Instant? NextDeadline => _pairs.Count > 0 ? _pairs[0].Until : null;

    public void Handle(RoomMessage message, IRoomOutlet outlet)
    {
        switch (message)
        {
            case WaitHere wait: HandleWait(wait, outlet); break;
            case StillWaiting still when _waiting?.Who.Id == still.Who.Id || _pairs.Exists(pair => pair.Has(still.Who.Id)): break;
            case StillWaiting still: HandleWait(new WaitHere(still.Who, still.Request), outlet); break;
            case PassIntroduction pass: HandlePass(pass, outlet); break;
            case LeaveRoom leave: HandleLeave(leave); break;
            case NodeGone gone: HandleGone(gone.Node); break;
            default: throw new ArgumentOutOfRangeException(nameof(message), message, null);
        }
    }

    public void HandleDeadline(IRoomOutlet outlet) => _pairs.RemoveAll(pair => pair.Until <= outlet.Now);

    private void HandleWait(WaitHere wait, IRoomOutlet outlet)
    {
        var who = wait.Who;
        // The answer was lost with the connection, and the peer waits again on the next: it is the same meeting. On the same connection it is done with the last one.
        var at = _pairs.FindIndex(pair => pair.Has(who.Id) && pair.Of(who.Id) != Presence.Done);
        if (at >= 0)
        {
            var (pair, before, other) = (_pairs[at], _pairs[at].Visitor(who.Id), _pairs[at].Other(who.Id));
            if (before.Connection != who.Connection && before.Incarnation == who.Incarnation && pair.Of(other.Id) != Presence.Done)
            {
                _pairs[at] = pair.With(who);
                outlet.Reply(who.Connection, new MetHere(wait.Request, key, other, pair.First.Id == who.Id));
                return;
            }
            _pairs.RemoveAt(at);
        }
        if (_waiting is not { } first || first.Who.Id == who.Id)
        {
            if (_waiting is { } again && again.Who.Connection == who.Connection)
                outlet.Reply(who.Connection, new RoomRefused(again.Request, NetfluxError.Cancelled, "The same connection waits here again."));
            _waiting = (who, wait.Request);
            return;
        }
        if (_pairs.Count >= PairsMax)
        {
            outlet.Reply(who.Connection, new RoomRefused(wait.Request, NetfluxError.ServerBusy, "Too many meet here at once; take another key."));
            return;
        }
        _waiting = null;
        _pairs.Add(new(first.Who, who, Presence.Here, Presence.Here, outlet.Now + outlet.Options.MeetingKept));
        outlet.Reply(first.Who.Connection, new MetHere(first.Request, key, who, First: true));
        outlet.Reply(who.Connection, new MetHere(wait.Request, key, first.Who, First: false));
    }

    private void HandlePass(PassIntroduction pass, IRoomOutlet outlet)
    {
        var at = _pairs.FindIndex(pair => pair.Has(pass.Who.Id) && pair.Of(pass.Who.Id) != Presence.Done && pair.Other(pass.Who.Id).Id == pass.To);
        if (at < 0 || _pairs[at].Of(pass.To) != Presence.Here)
            outlet.Reply(pass.Who.Connection, new RoomRefused(pass.Request, NetfluxError.UnknownPeer, "The two have not met here, or one of them is gone."));
        else
        {
            _pairs[at] = _pairs[at].With(pass.Who); // it may speak on a newer connection
            outlet.Reply(_pairs[at].Other(pass.Who.Id).Connection, new IntroductionPassed(pass.Who.Id, SignalingNames.MeetingRoom(key), pass.Sealed));
            outlet.Reply(pass.Who.Connection, new Accomplished(pass.Request, CanWait: true));
        }
    }

    private void HandleGone(string node)
    {
        if (_waiting?.Who.Connection.Node == node) _waiting = null;
        for (var i = 0; i < _pairs.Count; i++)
        {
            foreach (var who in (Visitor[])[_pairs[i].First, _pairs[i].Second])
                if (who.Connection.Node == node && _pairs[i].Of(who.Id) == Presence.Here) _pairs[i] = _pairs[i].With(who.Id, Presence.Away);
        }
    }

    private void HandleLeave(LeaveRoom leave)
    {
        if (_waiting is { } waiting && waiting.Who.Connection == leave.Connection) _waiting = null;
        for (var i = _pairs.Count - 1; i >= 0; i--)
        {
            // The end of an older connection says nothing about the one that took its place.
            if (!_pairs[i].Has(leave.Peer) || !leave.OnPurpose && _pairs[i].Visitor(leave.Peer).Connection != leave.Connection) continue;
            if (_pairs[i].Of(leave.Peer) == Presence.Done) continue;
            _pairs[i] = _pairs[i].With(leave.Peer, leave.OnPurpose ? Presence.Done : Presence.Away);
            if (_pairs[i] is { FirstIs: Presence.Done, SecondIs: Presence.Done }) _pairs.RemoveAt(i);
        }
    }
}
