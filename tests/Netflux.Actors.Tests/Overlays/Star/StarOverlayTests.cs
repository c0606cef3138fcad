using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Star;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.Star;

/// <summary>One member and what it is told of its links.</summary>
public sealed class StarOverlayTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Star(null, 20));
    private static readonly MemberRecord s_self = OverlayPeople.Record(s_genesis, 0), s_hub = OverlayPeople.Record(s_genesis, 1);
    private readonly StarOptions _options = new();
    private readonly StarOverlay _member;
    private Instant _now = new(TimeSpan.FromHours(1).Ticks);

    public StarOverlayTests()
    {
        _member = new StarOverlay(s_genesis, _options, OverlayPeople.Keys(0), new SeededRandom(1));
        _member.Handle(new OverlayStarted(s_self, [OverlayPeople.Heard(s_hub)]), _now);
        _member.Handle(new NeighbourUp(s_hub, LinkPath.Direct), _now);
        Hear(new StarControl.Reign(Succession.Create(OverlayPeople.Keys(1), s_genesis, s_hub, 1, 1, 1, []).Record));
        Hear(new StarControl.Members([s_hub.Record], [], true, true));
        Assert.Equal(s_hub.Id, _member.Hub);
    }

    private List<OverlayInstruction> Hear(StarControl control) => _member.Say(new ControlReceived(s_hub.Id, control.ToBytes(), OverlayPeople.Noon), _now);

    [Fact]
    public void A_silent_hub_that_attaches_anew_is_heard_again()
    {
        Assert.Equal([new AnnounceSuspected(s_hub.Id)], _member.Say(new NeighbourSuspected(s_hub.Id), _now).OfType<AnnounceSuspected>());
        Assert.Equal([new AnnounceRecovered(s_hub.Id)], _member.Say(new NeighbourUp(s_hub, LinkPath.Direct), _now).OfType<AnnounceRecovered>());
        _now += _options.HubGrace;
        _member.HandleDeadline(_now);
        Assert.Equal(s_hub.Id, _member.Hub);
    }

    [Fact]
    public void A_hub_that_attaches_in_a_newer_run_is_lost_at_once()
    {
        var told = _member.Say(new NeighbourUp(OverlayPeople.Record(s_genesis, 1, incarnation: 2), LinkPath.Direct), _now);
        Assert.Contains(new AnnounceLeaving(s_hub.Id, PeerLeavingReason.Restarted), told);
        Assert.Null(_member.Hub);
    }
}
