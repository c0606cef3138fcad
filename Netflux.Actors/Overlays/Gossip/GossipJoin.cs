using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.Gossip.Roster;

namespace Netflux.Overlays.Gossip;

/// <summary>When a joiner is in: it has a neighbour, knows who is a member as well as that one does, and misses no broadcast from then on.</summary>
internal sealed class GossipJoin(GossipOptions options, RosterExchange exchange, GossipBroadcasts broadcasts)
{
    private bool _isOver;
    private Instant? _failsAt, _settlesAt;
    private NetfluxError _why = NetfluxError.PeerUnreachable;

    public Instant? NextDeadline => _isOver ? null : Instant.Earlier(_failsAt, _settlesAt);

    public void Start(bool knowsOthers, Instant now)
    {
        if (knowsOthers) _failsAt = now + options.JoinTimeout;
    }

    public void HandleNeighbour(Instant now)
    {
        _failsAt = null;
        _settlesAt ??= now + options.JoinSettle;
    }

    /// <summary>A refusal says more than that nobody was reached.</summary>
    public void HandleFailed(NetfluxError why)
    {
        if (why is not (NetfluxError.PeerUnreachable or NetfluxError.TimedOut)) _why = why;
    }

    /// <summary>What is to be announced now, once; null while nothing is.</summary>
    public OverlayInstruction? Advance(Instant now)
    {
        if (_isOver) return null;
        var isFirst = _failsAt is null && _settlesAt is null;
        OverlayInstruction? outcome = isFirst || (_settlesAt is { } at && (at <= now || (exchange.IsSettled && broadcasts.HasBegun))) ? new AnnounceReady() : _failsAt <= now ? new JoinFailed(_why) : null;
        _isOver = outcome is not null;
        return outcome;
    }
}
