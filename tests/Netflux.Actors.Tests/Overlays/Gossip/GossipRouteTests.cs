using System.Text;
using Akka.Actor;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Roster;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>The route of one member between its queue, its overlay and the channels of its neighbours; all three are the real ones, as an actor would drive them.</summary>
public sealed class GossipRouteTests
{
    private const int Window = 1 << 20;
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Gossip());
    private static readonly GossipRouteOptions s_options = GossipRouteOptions.Default;
    private readonly Member _self = new();

    private static PeerId Id(int person) => OverlayPeople.Keys(person).Id;

    private sealed class Member : IMessageRoutePort
    {
        private readonly GossipOverlay _overlay = new(s_genesis, GossipOptions.For(s_genesis.Topology), OverlayPeople.Keys(0), new Incarnation(7), OverlayPeople.Noon, SeededRandom.For(1, "overlay"));
        private readonly SendQueue _queue = new(SendQueueOptions.Default, s_genesis.Topology.MessageBytesMax, SlowMemberPolicy.Wait, TimeSpan.FromSeconds(5));

        public Member()
        {
            Route = new GossipRoute(this, _overlay, OverlayPeople.Keys(0), s_genesis.Network, s_options);
            Say(new OverlayStarted(OverlayPeople.Record(s_genesis, 0), []));
        }

        public Instant Now { get; private set; } = Instant.Zero + TimeSpan.FromHours(1);
        public GossipRoute Route { get; }
        public List<(PeerId To, FrameFlags Flags, ReadOnlyMemory<byte> Body)> Sent { get; } = [];
        public List<string> Heard { get; } = [];
        public Dictionary<PeerId, ulong> Consumed { get; } = [];
        public List<OverlayInstruction> Log { get; } = [];
        public long HeldBytes { get; set; }

        // ---- What a test does ----

        /// <summary>A channel with this person opens; a friend is a neighbour in the view, too.</summary>
        public void Open(int person, int window = Window, bool isFriend = true)
        {
            var record = OverlayPeople.Record(s_genesis, person);
            Say(new NeighbourAsks(record));
            Route.HandleOpened(new Peer(record.Id, "", ActorRefs.Nobody), window, Now);
            Say(new NeighbourUp(record, LinkPath.Direct));
            if (isFriend) Befriend(person);
        }

        public void Befriend(int person) =>
            Say(new ControlReceived(Id(person), GossipControl.Write(new HyParViewMessage.Join(GossipChannels.ContactOf(OverlayPeople.Record(s_genesis, person)))), OverlayPeople.Noon));

        public void Close(int person)
        {
            Route.HandleClosed(Id(person), Now);
            Say(new NeighbourDown(Id(person), PeerLeavingReason.ConnectionLost));
        }

        /// <summary>What becomes of a message for this person, or for all.</summary>
        public List<SendInstruction> Submit(byte[] message, int? to = null)
        {
            if (to is { } person) Route.HandleWanted(Id(person), Now);
            _queue.Submit(new Submission("me", RequestId.Next(), to is { } receiver ? Id(receiver) : null, message, Confirm: true), Now);
            return Drain();
        }

        public List<SendInstruction> Drain()
        {
            while (_queue.TryTakeHandOver(out var handOver)) Route.HandOver(handOver, Now);
            Route.Flush(Now);
            var told = new List<SendInstruction>();
            while (_queue.TryTake(out var instruction)) told.Add(instruction);
            return told;
        }

        public List<SendInstruction> Credit(int person, ulong messages)
        {
            Route.HandleCredit(Id(person), messages, 0, Now);
            return Drain();
        }

        public List<SendInstruction> Pass(TimeSpan time)
        {
            for (var end = Now + time; Route.NextDeadline is { } due && due <= end;)
            {
                if (due > Now) Now = due;
                Route.HandleDeadline(Now);
            }
            return Drain();
        }

        public int CountSent(int to, FrameFlags flags) => Sent.Count(sent => sent.To == Id(to) && sent.Flags.HasFlag(FrameFlags.Broadcast) == flags.HasFlag(FrameFlags.Broadcast));

        // ---- Port ----

        public void Say(OverlayFact fact)
        {
            _overlay.Handle(fact, Now);
            while (_overlay.TryTake(out var instruction))
            {
                Log.Add(instruction);
                if (instruction is AnnounceJoining joining) Route.HandleJoining(new Peer(joining.Member.Id, "", ActorRefs.Nobody), Now);
                else if (instruction is DropNeighbour drop) Route.HandleClosed(drop.Member, Now);
                else if (instruction is AnnounceLeaving leaving) Route.HandleLeaving(leaving.Member, Now);
                else Route.Handle(instruction, Now);
            }
        }

        public void OpenWay(PeerId way, long windowCost, bool takesBroadcasts, bool isShut) => _queue.OpenMember(way, windowCost, Now, takesBroadcasts, isShut);

        public void OpenShutWay(PeerId way) => _queue.OpenShutMember(way, Now);

        public void CloseWay(PeerId way, WayClosed? why) => _queue.CloseMember(way, Now, why);

        public void CreditWay(PeerId way, ulong messages, long cost) => _queue.HandleCredit(way, messages, cost, Now);

        public void OpenAuthor(Peer author) { }

        public void CloseAuthor(PeerId author) { }

        public void Deliver(PeerId author, FrameFlags flags, ReadOnlyMemory<byte> payload) => Heard.Add(Encoding.ASCII.GetString(payload.Span));

        public void TellMissed(PeerId author, ulong first, ulong last) { }

        public void Send(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body) => Sent.Add((neighbour, flags, body));

        public void Consume(PeerId neighbour, ulong messages) => Consumed[neighbour] = messages;
    }

    // ---- What others say ----

    private static byte[] Signed(int author, ulong sequence, byte[] batch)
    {
        var header = new GossipHeader(Id(author), new Incarnation(1), sequence, 1, 0);
        BroadcastBatch.Sign(batch, OverlayPeople.Keys(author), s_genesis.Network, header);
        return [.. header.ToArray(), .. batch];
    }

    private static byte[] Saying(int author, ulong sequence, string text)
    {
        var batch = BroadcastBatch.Allocate(BatchKind.Messages, BroadcastBatch.MessageOverhead + text.Length);
        BroadcastBatch.WriteMessage(batch, BroadcastBatch.Overhead, Encoding.ASCII.GetBytes(text));
        return Signed(author, sequence, batch);
    }

    private static byte[] Hello(int author)
    {
        var news = new RosterNews.Hello(OverlayPeople.Record(s_genesis, author).Record).ToBytes();
        var batch = BroadcastBatch.Allocate(BatchKind.News, news.Length);
        news.CopyTo(batch, BroadcastBatch.Overhead);
        return Signed(author, 1, batch);
    }

    private void Hear(int from, byte[] body, FrameFlags flags = FrameFlags.Broadcast) => _self.Route.HandleMessage(Id(from), flags, body, _self.Now);

    private static byte[] Routed(int to, byte hops)
    {
        var frame = new byte[RoutedHeader.Size + 40];
        new RoutedHeader(RoutedKind.Data, hops, Id(to), Id(9), 1, new Incarnation(1), 1).Write(frame);
        return frame;
    }

    // ---- Sizes ----

    [Fact]
    public void A_message_above_the_limit_is_refused_and_nothing_of_it_goes()
    {
        _self.Open(1);
        var before = _self.Sent.Count;
        var refused = Assert.IsType<Refused>(Assert.Single(_self.Submit(new byte[s_genesis.Topology.MessageBytesMax + 1])));
        Assert.Equal(NetfluxError.MessageTooLarge, refused.Why);
        Assert.Equal(before, _self.Sent.Count);
    }

    [Fact]
    public void A_long_message_is_a_batch_of_its_own_and_as_much_longer_as_the_channel_was_told()
    {
        _self.Open(1);
        _self.Sent.Clear();
        var length = 2 * s_options.BatchBytesMax;
        _self.Route.HandOver(new HandOver(default, FrameFlags.Broadcast, new byte[10], 1), _self.Now);
        _self.Route.HandOver(new HandOver(default, FrameFlags.Broadcast, new byte[length], 2), _self.Now);
        _self.Route.HandOver(new HandOver(default, FrameFlags.Broadcast, new byte[10], 3), _self.Now);
        _self.Route.Flush(_self.Now);
        Assert.Equal([10 + _self.Route.FrameOverhead, length + _self.Route.FrameOverhead, 10 + _self.Route.FrameOverhead], _self.Sent.Select(sent => sent.Body.Length));
    }

    // ---- The pace ----

    [Fact]
    public void A_neighbour_that_takes_nothing_is_congested_and_gets_no_more_until_it_has_caught_up()
    {
        _self.Open(1, window: 8 << 10);
        var delivered = 0;
        var before = _self.CountSent(1, FrameFlags.Broadcast);
        for (var sent = -1; sent != before && delivered == 0;)
        {
            sent = before;
            delivered += _self.Submit(new byte[1 << 10]).OfType<Delivered>().Count();
            before = _self.CountSent(1, FrameFlags.Broadcast);
        }
        Assert.Equal(0, delivered);
        var frames = (ulong)_self.Sent.Count(sent => sent.To == Id(1));
        var taken = _self.Credit(1, frames);
        Assert.Equal(_self.Log.OfType<BatchPublished>().Count(), taken.OfType<Delivered>().Count());    // the last, which went to nobody, waited for a neighbour that takes something
        _self.Submit(new byte[1 << 10]);
        Assert.Equal(before + 1, _self.CountSent(1, FrameFlags.Broadcast));
    }

    [Fact]
    public void Half_of_those_to_whom_it_went_set_the_pace()
    {
        _self.Open(1);
        _self.Open(2);
        _self.Sent.Clear();
        Assert.DoesNotContain(_self.Submit([1]), told => told is Delivered);
        Assert.Equal([Id(1), Id(2)], _self.Sent.Select(sent => sent.To).Order().ToHashSet());
        Assert.Contains(_self.Credit(1, 10), told => told is Delivered);
    }

    [Fact]
    public void Who_goes_holds_nothing_up()
    {
        _self.Open(1);
        Assert.DoesNotContain(_self.Submit([1]), told => told is Delivered);
        _self.Close(1);
        Assert.Contains(_self.Drain(), told => told is Delivered);
    }

    [Fact]
    public void While_subscribers_hold_too_much_neighbours_have_no_credit()
    {
        _self.Open(1);
        _self.HeldBytes = s_options.HeldBytesMax + 1;
        Hear(1, Saying(1, 1, "x"));
        Assert.Equal(["x"], _self.Heard);
        Assert.Empty(_self.Consumed);
        _self.HeldBytes = 0;
        _self.Route.HandleConsumed(Id(1), 1, _self.Now);
        Assert.Equal(1UL, _self.Consumed[Id(1)]);
    }

    // ---- Who may speak ----

    [Fact]
    public void Without_a_channel_nobody_is_heard()
    {
        Hear(1, Saying(1, 1, "x"));
        _self.Open(1);
        _self.Close(1);
        Hear(1, Saying(1, 2, "y"));
        Assert.Empty(_self.Heard);
        Assert.Empty(_self.Consumed);
    }

    [Fact]
    public void Who_has_a_channel_and_is_no_neighbour_is_told_so_and_its_channel_goes()
    {
        _self.Open(1, isFriend: false);
        Hear(1, Saying(1, 1, "x"));
        Assert.Contains(_self.Log.OfType<SendControl>(), send => send.To == Id(1) && GossipControl.TryParse(send.Body.Span, out var said) && said is GossipControl.Views { Message: HyParViewMessage.Disconnect });
        Assert.Equal(Id(1), Assert.Single(_self.Log.OfType<DropNeighbour>()).Member);
        Hear(1, Saying(1, 1, "x"));
        Assert.Empty(_self.Heard);
        Assert.Empty(_self.Consumed);
        _self.Open(1);
        Hear(1, Saying(1, 1, "x"));
        Assert.Equal(["x"], _self.Heard);
    }

    [Fact]
    public void Any_bytes_are_borne_and_credited()
    {
        _self.Open(1);
        var whole = Saying(1, 1, "x");
        ulong count = 0;
        foreach (var flags in new[] { FrameFlags.Broadcast, FrameFlags.None })
        {
            for (var length = 0; length < whole.Length; length++, count++) Hear(1, whole[..length], flags);
        }
        Assert.Empty(_self.Heard);
        Assert.Equal(count, _self.Consumed[Id(1)]);
    }

    // ---- To one member ----

    [Fact]
    public void A_send_goes_towards_its_member_by_the_neighbour_that_brought_its_last_broadcast()
    {
        _self.Open(1);
        _self.Open(2);
        Hear(2, Hello(3));
        _self.Sent.Clear();
        Assert.IsType<Accepted>(Assert.Single(_self.Submit([1], to: 3)));
        var sent = Assert.Single(_self.Sent);
        Assert.Equal((Id(2), FrameFlags.None), (sent.To, sent.Flags));
        Assert.True(RoutedHeader.TryParse(sent.Body.Span, out var header));
        Assert.Equal((Id(3), Id(0)), (header.To, header.From));
    }

    [Fact]
    public void A_send_to_nobody_that_is_known_is_refused_at_once()
    {
        _self.Open(1);
        Assert.Equal(NetfluxError.UnknownPeer, Assert.IsType<Refused>(Assert.Single(_self.Submit([1], to: 5))).Why);
    }

    [Fact]
    public void A_send_to_whom_no_way_is_found_is_refused_as_unreachable()
    {
        _self.Open(1);
        _self.Open(2);
        Hear(2, Hello(3));
        _self.Close(2);
        var asked = _self.CountSent(1, FrameFlags.Broadcast);
        Assert.Empty(_self.Submit([1], to: 3));
        Assert.Equal(asked + 1, _self.CountSent(1, FrameFlags.Broadcast));     // who is the way to it
        Assert.Equal(NetfluxError.PeerUnreachable, Assert.IsType<Refused>(Assert.Single(_self.Pass(TimeSpan.FromSeconds(6)))).Why);
    }

    [Fact]
    public void A_frame_for_another_goes_on_with_a_hop_less_and_never_back()
    {
        _self.Open(1);
        _self.Open(2);
        Hear(2, Hello(3));
        _self.Sent.Clear();
        Hear(1, Routed(to: 3, hops: 5), FrameFlags.None);
        var sent = Assert.Single(_self.Sent);
        Assert.Equal(Id(2), sent.To);
        Assert.True(RoutedHeader.TryParse(sent.Body.Span, out var header));
        Assert.Equal(4, header.Hops);
        Hear(1, Routed(to: 3, hops: 0), FrameFlags.None);
        Hear(2, Routed(to: 3, hops: 5), FrameFlags.None);
        Hear(1, Routed(to: 5, hops: 5), FrameFlags.None);      // nobody knows a way to it
        Assert.Single(_self.Sent);
    }

    [Fact]
    public void What_a_congested_neighbour_would_have_to_carry_is_lost()
    {
        _self.Open(1);
        _self.Open(2, window: 2 << 10);
        Hear(2, Hello(3));
        _self.Sent.Clear();
        for (var i = 0; i < 100; i++) Hear(1, Routed(to: 3, hops: 5), FrameFlags.None);
        Assert.InRange(_self.Sent.Count, 1, 20);
        var count = _self.Sent.Count;
        _self.Credit(2, 1_000);
        Hear(1, Routed(to: 3, hops: 5), FrameFlags.None);
        Assert.Equal(count + 1, _self.Sent.Count);
    }
}
