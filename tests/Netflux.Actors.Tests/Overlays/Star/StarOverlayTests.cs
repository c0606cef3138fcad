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

    [Fact]
    public void What_changed_of_us_is_told_to_the_hub_after_we_asked_it_to_take_us()
    {
        var newcomer = new StarOverlay(s_genesis, _options, OverlayPeople.Keys(0), new SeededRandom(1));
        newcomer.Handle(new OverlayStarted(s_self, [OverlayPeople.Heard(s_hub)]), _now);
        newcomer.Handle(new NeighbourUp(s_hub, LinkPath.Direct), _now);
        newcomer.TakeAll();
        var (second, third) = (OverlayPeople.Record(s_genesis, 0, version: 2), OverlayPeople.Record(s_genesis, 0, version: 3));
        Assert.Empty(ToldTo(s_hub, newcomer.Say(new SelfChanged(second), _now)));       // it is not known to be a hub
        var reign = new StarControl.Reign(Succession.Create(OverlayPeople.Keys(1), s_genesis, s_hub, 1, 1, 1, []).Record);
        var told = ToldTo(s_hub, newcomer.Say(new ControlReceived(s_hub.Id, reign.ToBytes(), OverlayPeople.Noon), _now));
        Assert.IsType<StarControl.Attach>(told[0]);
        Assert.Equal(second.Record, Assert.Single(Assert.IsType<StarControl.Members>(told[1]).Records));
        told = ToldTo(s_hub, newcomer.Say(new SelfChanged(third), _now));      // we are on the way to it
        Assert.Equal(third.Record, Assert.Single(Assert.IsType<StarControl.Members>(Assert.Single(told)).Records));
    }

    private static List<StarControl> ToldTo(MemberRecord to, IEnumerable<OverlayInstruction> said) =>
        [.. said.OfType<SendControl>().Where(send => send.To == to.Id).Select(send => StarControl.TryParse(send.Body, out var control) ? control : throw new FormatException())];
}
