using System.Text;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays;
using Netflux.Overlays.Gossip.Directed;
using Netflux.Overlays.Gossip.Roster;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Gossip.Directed;

/// <summary>Two members, what their sends say to the queue and to the network, and a network between them that forgets what it is told to.</summary>
public sealed class DirectedSendsTests
{
    private static readonly DirectedOptions s_options = DirectedOptions.Default;
    private static readonly PeerId s_ann = OverlayPeople.Keys(1).Id, s_bob = OverlayPeople.Keys(2).Id;
    private readonly Dictionary<PeerId, Member> _members = [];
    private Instant _now = new(1);

    public DirectedSendsTests()
    {
        Begin(1, run: 1);
        Begin(2, run: 1);
    }

    /// <summary>One run of a member: the ports of its sends, and all that they were told.</summary>
    private sealed class Member : IMessageRoutePort, IDirectedPort
    {
        private readonly DirectedSendsTests _world;

        public Member(DirectedSendsTests world, int person, ulong run)
        {
            (_world, Id, Run) = (world, OverlayPeople.Keys(person).Id, new Incarnation(run));
            LastPublished = new BroadcastPlace(Run, 1);
            Sends = new DirectedSends(this, this, s_options, OverlayPeople.Keys(person), default, Run, hops: 8);
        }

        public PeerId Id { get; }
        public Incarnation Run { get; }
        public DirectedSends Sends { get; }
        public bool KnowsWays { get; set; } = true;
        public bool LosesFrames { get; set; }
        public ulong BroadcastsHeard { get; set; } = 1;
        public List<string> Queue { get; } = [];
        public List<string> Heard { get; } = [];
        public List<byte[]> Frames { get; } = [];

        // ---- The queue and the subscriptions ----

        public void OpenWay(PeerId way, long windowCost, bool takesBroadcasts, bool isShut) => Queue.Add(isShut ? "shut" : "open");

        public void OpenShutWay(PeerId way) => Queue.Add("open");

        public void CloseWay(PeerId way, WayClosed? why) => Queue.Add($"closed {why?.Error}");

        public void CreditWay(PeerId way, ulong messages, long cost) => Queue.Add($"credit {messages}");

        public void OpenAuthor(Peer author) { }

        public void CloseAuthor(PeerId author) { }

        public void Deliver(PeerId author, FrameFlags flags, ReadOnlyMemory<byte> payload) => Heard.Add(Encoding.UTF8.GetString(payload.Span));

        public long HeldBytes { get; set; }

        public void TellMissed(PeerId author, ulong first, ulong last) { }

        public void Send(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body) { }

        public void Consume(PeerId neighbour, ulong messages) { }

        public void Say(OverlayFact fact) { }

        // ---- The network ----

        public (PeerCard Card, BroadcastPlace Last)? FindMember(PeerId member) =>
            _world._members.TryGetValue(member, out var found) ? (OverlayPeople.Keys(member == s_ann ? 1 : 2).Card, new BroadcastPlace(found.Run, BroadcastsHeard)) : null;

        public bool HasWay(PeerId member) => KnowsWays;

        public void LookForWay(PeerId member) => Queue.Add("look");

        public BroadcastPlace LastPublished { get; set; }

        public void SendTowards(PeerId to, byte[] frame)
        {
            Frames.Add(frame);
            if (!LosesFrames) _world.Bring(to, frame);
        }
    }

    private Member Ann => _members[s_ann];

    private Member Bob => _members[s_bob];

    private void Begin(int person, ulong run)
    {
        var member = new Member(this, person, run);
        _members[member.Id] = member;
        member.Sends.HandleJoining(member.Id == s_ann ? s_bob : s_ann);
    }

    private void Bring(PeerId to, byte[] frame)
    {
        if (RoutedHeader.TryParse(frame, out var header)) _members[to].Sends.OnFrame(header, frame, _now);
    }

    private void Say(string text) => Ann.Sends.HandOver(new HandOver(s_bob, FrameFlags.None, Encoding.UTF8.GetBytes(text), 0), _now);

    private void Pass(TimeSpan time)
    {
        for (var end = _now + time; ; )
        {
            var due = Instant.Earlier(Ann.Sends.NextDeadline, Bob.Sends.NextDeadline);
            if (due is null || due > end)
            {
                _now = end;
                return;
            }
            if (due > _now) _now = due.Value;
            Ann.Sends.HandleDeadline(_now);
            Bob.Sends.HandleDeadline(_now);
        }
    }

    [Fact]
    public void A_member_with_a_way_is_sent_to_and_what_it_consumes_is_credited()
    {
        Ann.Sends.HandleWanted(s_bob, _now);
        Say("one");
        Say("two");
        Assert.Equal(["one", "two"], Bob.Heard);
        Bob.Sends.HandleConsumed(s_ann, 2, _now);
        Pass(s_options.AckDelay);
        Assert.Equal(["shut", "open", "credit 2"], Ann.Queue);
        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(2, Ann.Frames.Count);
    }

    [Fact]
    public void Without_a_way_it_is_looked_for_again_and_again_and_then_the_member_is_unreachable()
    {
        Ann.KnowsWays = false;
        Ann.Sends.HandleWanted(s_bob, _now);
        Pass(s_options.WayPatience);
        Assert.Equal(["shut", "look", "look", "look", "closed PeerUnreachable"], Ann.Queue);
        Ann.Sends.HandleWanted(s_bob, _now);
        Ann.KnowsWays = true;
        Ann.Sends.HandleBroadcasts(_now);
        Assert.Equal("open", Ann.Queue[^1]);
    }

    [Fact]
    public void What_the_network_loses_is_sent_again_once_in_order_and_a_way_is_looked_for()
    {
        Ann.Sends.HandleWanted(s_bob, _now);
        Ann.LosesFrames = true;
        Say("one");
        Ann.LosesFrames = false;
        Say("two");
        Assert.Empty(Bob.Heard);
        Pass(s_options.RetryMin);
        Assert.Equal(["one", "two"], Bob.Heard);
        Assert.Contains("look", Ann.Queue);
        foreach (var frame in Ann.Frames.ToList()) Bring(s_bob, frame);
        Assert.Equal(["one", "two"], Bob.Heard);
    }

    [Fact]
    public void A_member_that_acknowledges_nothing_is_unreachable()
    {
        Ann.Sends.HandleWanted(s_bob, _now);
        Ann.LosesFrames = true;
        Say("one");
        Pass(s_options.Patience);
        Assert.Equal("closed PeerUnreachable", Ann.Queue[^1]);
        Assert.Null(Ann.Sends.NextDeadline);
    }

    [Fact]
    public void A_send_waits_for_the_broadcasts_before_it()
    {
        Ann.Sends.HandleWanted(s_bob, _now);
        Ann.LastPublished = new BroadcastPlace(Ann.Run, 2);
        Say("after the broadcast");
        Assert.Empty(Bob.Heard);
        Bob.BroadcastsHeard = 2;
        Bob.Sends.HandleBroadcasts(_now);
        Assert.Equal(["after the broadcast"], Bob.Heard);
    }

    [Fact]
    public void The_next_run_of_a_member_hears_nothing_of_what_was_for_the_one_before()
    {
        Ann.Sends.HandleWanted(s_bob, _now);
        Say("to the first run");
        Begin(2, run: 2);
        foreach (var frame in Ann.Frames.ToList()) Bring(s_bob, frame);
        Assert.Empty(Bob.Heard);
        Ann.Sends.HandleWanted(s_bob, _now);
        Say("to the second");
        Assert.Equal(["to the second"], Bob.Heard);
        Assert.Equal(["shut", "open", "closed PeerUnreachable", "shut", "open"], Ann.Queue);
    }

    [Fact]
    public void While_subscribers_hold_too_much_nothing_is_taken_and_all_of_it_comes_later()
    {
        Ann.Sends.HandleWanted(s_bob, _now);
        Bob.HeldBytes = s_options.HeldBytesMax + 1;
        Say("one");
        Assert.Empty(Bob.Heard);
        Bob.HeldBytes = 0;
        Pass(s_options.RetryMin);
        Assert.Equal(["one"], Bob.Heard);
    }

    [Fact]
    public void What_waits_for_a_broadcast_counts_as_held()
    {
        Ann.Sends.HandleWanted(s_bob, _now);
        Ann.LastPublished = new BroadcastPlace(Ann.Run, 2);
        Bob.HeldBytes = s_options.HeldBytesMax;
        Say("one");
        Say("two");
        Bob.BroadcastsHeard = 2;
        Bob.Sends.HandleBroadcasts(_now);
        Assert.Equal(["one"], Bob.Heard);
        Pass(s_options.AckDelay + s_options.RetryMin);
        Assert.Equal(["one", "two"], Bob.Heard);
    }

    [Fact]
    public void Forged_frames_begin_no_stream_and_end_none()
    {
        Ann.Sends.HandleWanted(s_bob, _now);
        Say("one");
        var frame = Ann.Frames[0].ToArray();
        for (ulong stream = 2; stream < 1_000; stream++)
        {
            Assert.True(RoutedHeader.TryParse(frame, out var header));
            (header with { Stream = stream }).Write(frame);
            Bring(s_bob, frame);
        }
        Pass(TimeSpan.FromSeconds(1));
        Say("two");
        Assert.Equal(["one", "two"], Bob.Heard);
    }
}
