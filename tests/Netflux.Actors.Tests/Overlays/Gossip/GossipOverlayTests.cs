using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>One member of a gossip network, and what its neighbours say to it.</summary>
public class GossipOverlayTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Gossip());
    private static readonly Instant s_now = Instant.Zero + TimeSpan.FromHours(1);
    private readonly GossipOverlay _overlay = new(s_genesis, GossipOptions.For(s_genesis.Topology), OverlayPeople.Keys(0), new Incarnation(7), OverlayPeople.Noon, SeededRandom.For(1, "overlay"));

    public GossipOverlayTests() => _overlay.Say(new OverlayStarted(OverlayPeople.Record(s_genesis, 0), []), s_now);

    private static PeerId Id(int person) => OverlayPeople.Keys(person).Id;

    private List<OverlayInstruction> Befriend(int person)
    {
        var record = OverlayPeople.Record(s_genesis, person);
        _overlay.Say(new NeighbourAsks(record), s_now);
        _overlay.Say(new NeighbourUp(record, LinkPath.Direct), s_now);
        return _overlay.Say(new ControlReceived(Id(person), GossipControl.Write(new HyParViewMessage.Join(GossipChannels.ContactOf(record))), OverlayPeople.Noon), s_now);
    }

    private static IEnumerable<GossipControl> Controls(IEnumerable<OverlayInstruction> said, int to) =>
        said.OfType<SendControl>().Where(send => send.To == Id(to)).Select(send => GossipControl.TryParse(send.Body.Span, out var control) ? control : throw new FormatException());

    private static byte[] Batch(string text)
    {
        var batch = BroadcastBatch.Allocate(BatchKind.Messages, BroadcastBatch.MessageOverhead + text.Length);
        BroadcastBatch.WriteMessage(batch, BroadcastBatch.Overhead, System.Text.Encoding.ASCII.GetBytes(text));
        return batch;
    }

    [Fact]
    public void An_own_broadcast_that_comes_back_prunes_the_link()
    {
        Befriend(1);
        Befriend(2);
        var sent = _overlay.Say(new BroadcastWanted(Batch("x")), s_now).OfType<SendBroadcast>().Single(send => send.To == Id(1));
        var said = _overlay.Say(new BroadcastReceived(Id(2), sent.Body), s_now);
        Assert.IsType<PlumtreeMessage.Prune>(Assert.IsType<GossipControl.Tree>(Assert.Single(Controls(said, 2))).Message);
        Assert.Equal([Id(1)], _overlay.BroadcastTargets);
    }

    [Fact]
    public void A_broadcast_in_our_name_that_we_did_not_send_is_nothing()
    {
        Befriend(1);
        var forged = Batch("x");
        BroadcastBatch.Sign(forged, OverlayPeople.Keys(0), s_genesis.Network, new GossipHeader(Id(0), new Incarnation(6), 1, 1, 0));     // of a run before
        Assert.Empty(_overlay.Say(new BroadcastReceived(Id(1), Body(0, 6, forged)), s_now));
    }

    [Fact]
    public void A_strangers_broadcast_waits_for_its_record_but_not_for_good()
    {
        Befriend(1);
        var batch = Batch("x");
        BroadcastBatch.Sign(batch, OverlayPeople.Keys(2), s_genesis.Network, new GossipHeader(Id(2), new Incarnation(1), 1, 1, 0));
        var body = Body(2, 1, batch);
        Assert.DoesNotContain(_overlay.Say(new BroadcastReceived(Id(1), body), s_now), said => said is DeliverMessages);
        Assert.Contains(_overlay.Say(new NeighbourUp(OverlayPeople.Record(s_genesis, 2), LinkPath.Direct), s_now), said => said is DeliverMessages);
        var late = Batch("y");
        BroadcastBatch.Sign(late, OverlayPeople.Keys(3), s_genesis.Network, new GossipHeader(Id(3), new Incarnation(1), 1, 1, 0));
        _overlay.Say(new BroadcastReceived(Id(1), Body(3, 1, late)), s_now);
        var after = s_now + TimeSpan.FromSeconds(16);
        var other = Batch("z");
        BroadcastBatch.Sign(other, OverlayPeople.Keys(4), s_genesis.Network, new GossipHeader(Id(4), new Incarnation(1), 1, 1, 0));
        _overlay.Say(new BroadcastReceived(Id(1), Body(4, 1, other)), after);     // what is too old makes room
        var record = OverlayPeople.Record(s_genesis, 3);
        Assert.DoesNotContain(_overlay.Say(new NeighbourUp(record, LinkPath.Direct), after), said => said is DeliverMessages);
    }

    [Fact]
    public void Who_was_admitted_and_is_on_its_way_counts()
    {
        var options = GossipOptions.For(s_genesis.Topology);
        var places = options.Views.ActiveView + options.AskersMax;
        List<OverlayInstruction> Ask(int person, Instant now) => _overlay.Say(new NeighbourAsks(OverlayPeople.Record(s_genesis, person)), now);
        for (var person = 1; person <= places; person++) Assert.Equal([new AdmitNeighbour(Id(person))], Ask(person, s_now));
        Assert.Equal([new RefuseNeighbour(Id(places + 1), NetfluxError.TooMany)], Ask(places + 1, s_now));
        Assert.Equal([new AdmitNeighbour(Id(1))], Ask(1, s_now));       // it has its place
        _overlay.Say(new ConnectFailed(Id(1), NetfluxError.PeerUnreachable), s_now);
        Assert.Equal([new AdmitNeighbour(Id(places + 1))], Ask(places + 1, s_now));
        Assert.Equal([new RefuseNeighbour(Id(places + 2), NetfluxError.TooMany)], Ask(places + 2, s_now));
        _overlay.Say(new NeighbourUp(OverlayPeople.Record(s_genesis, 2), LinkPath.Direct), s_now);
        Assert.Equal([new RefuseNeighbour(Id(places + 2), NetfluxError.TooMany)], Ask(places + 2, s_now));      // on its way or open, it is one
        Assert.Equal([new AdmitNeighbour(Id(places + 2))], Ask(places + 2, s_now + options.AskerPatience));      // the others did not come
    }

    private static byte[] Body(int author, ulong run, byte[] batch) => [.. new GossipHeader(Id(author), new Incarnation(run), 1, 1, 0).ToArray(), .. batch];
}
