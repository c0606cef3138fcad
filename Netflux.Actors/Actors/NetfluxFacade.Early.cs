using Akka.Actor;
using Netflux.Core;
using Netflux.Messages;

namespace Netflux.Actors;

// Requests that wait until the listener has spoken, because what they tell others depends on it.
public sealed partial class NetfluxFacade
{
    private sealed record EarlyRequest(NetfluxRequest Request, IActorRef Sender, Instant Deadline);

    private readonly List<EarlyRequest> _early = [];

    private void Postpone(NetfluxRequest request)
    {
        if (_early.Count >= _setup.Options.OpenRequestsMax)
        {
            Refuse(Sender, request, NetfluxError.TooMany, "Too many requests wait for the listener to come up.");
            return;
        }
        _early.Add(new(request, Sender, Now + (request.Deadline ?? (request is ConnectPeer ? _setup.Options.ConnectTimeout : _setup.Options.RequestTimeout))));
        SetTimer();
    }

    /// <summary>They are handled now, with what is left of their time.</summary>
    private void ResumeEarly()
    {
        foreach (var early in _early) Self.Tell(early.Request with { Deadline = early.Deadline - Now }, early.Sender);
        _early.Clear();
    }

    private bool TryWithdrawEarly(CancelRequest cancel)
    {
        var place = _early.FindIndex(early => early.Request.RequestId == cancel.Target);
        if (place < 0) return false;
        Refuse(_early[place].Sender, _early[place].Request, NetfluxError.Cancelled, "The request was withdrawn.");
        _early.RemoveAt(place);
        Sender.Tell(new RequestCancelled(cancel.Target), Self);
        return true;
    }

    private void ExpireEarly()
    {
        foreach (var early in _early.Where(early => early.Deadline <= Now).ToList())
        {
            _early.Remove(early);
            Refuse(early.Sender, early.Request, NetfluxError.TimedOut, "The listener of this process did not come up within the request's deadline.");
        }
    }

    private void SetTimer()
    {
        var next = _requests.NextDeadline;
        foreach (var early in _early) next = Instant.Earlier(next, early.Deadline);
        _timer.Set(next);
    }
}
