using System.Buffers;
using System.Globalization;
using System.Text;
using Akka.Actor;
using Netflux.Links;

namespace Netflux.TestKit;

public class MemoryNetworkTests
{
    /// <summary>Holds one end of a link and writes down what it hears.</summary>
    private sealed class Holder : ReceiveActor
    {
        private readonly List<string> _heard;

        public Holder(List<string> heard, Action<IRawLink> opened, int readAhead)
        {
            _heard = heard;
            Receive<LinkDialled>(m => Take(m.Link));
            Receive<LinkAccepted>(m => Take(m.Link));
            Receive<LinkDialFailed>(m => Hear($"{m.Failure}"));
            Receive<ListeningOn>(_ => { });
            Receive<RawLinkWritten>(m => Hear($"written {m.Bytes}"));
            Receive<RawLinkReceived>(m =>
            {
                Hear(Encoding.UTF8.GetString(m.Pooled, 0, Math.Min(m.Length, 8)).TrimEnd('\0'));
                ArrayPool<byte>.Shared.Return(m.Pooled);
            });
            Receive<RawLinkClosed>(m => Hear($"closed {m.Code}"));

            void Take(IRawLink link)
            {
                link.Start(Self, readAhead);
                opened(link);
            }
        }

        private void Hear(string what) =>
            _heard.Add(string.Create(CultureInfo.InvariantCulture, $"{Context.System.Scheduler.MonotonicClock.TotalMilliseconds:0} {what}"));
    }

    private sealed class Pair
    {
        public List<string> Left { get; } = [];
        public List<string> Right { get; } = [];
        public IRawLink Dialler { get; set; } = null!;
        public IRawLink Listener { get; set; } = null!;

        public LinkFaults Faults { get; private set; } = null!;

        public static async Task<Pair> Open(NetfluxWorld world, int readAhead = 1_000, string path = "/netflux/link", bool listens = true)
        {
            var pair = new Pair { Faults = world.Network.Between("ann", "bob") };
            Action<IRawLink> dialled = link => pair.Dialler = link, accepted = link => pair.Listener = link;
            var bob = world.System.ActorOf(Props.Create(() => new Holder(pair.Right, accepted, readAhead)));
            var ann = world.System.ActorOf(Props.Create(() => new Holder(pair.Left, dialled, readAhead)));
            if (listens) new MemoryListener(world.Network.Host("bob")).Start(bob);
            new MemoryDialer(world.Network, "ann").Dial(new Uri($"ws://bob.memory{path}"), "token", ann);
            await world.Advance(TimeSpan.FromMilliseconds(10));
            return pair;
        }

        public static void Send(IRawLink link, string text, int length = 0)
        {
            length = Math.Max(length, text.Length);
            var buffer = ArrayPool<byte>.Shared.Rent(length);
            Array.Clear(buffer);
            Encoding.UTF8.GetBytes(text, buffer);
            link.Send(buffer, length);
        }
    }

    [Fact]
    public async Task Messages_pass_in_order_and_a_polite_close_comes_last()
    {
        await using var world = new NetfluxWorld(1);
        var pair = await Pair.Open(world);
        Assert.Equal("bob.memory", pair.Listener.Authority);
        Assert.Equal(LinkKind.Memory, pair.Dialler.Kind);
        Pair.Send(pair.Dialler, "one");
        Pair.Send(pair.Dialler, "two");
        pair.Dialler.Close(CloseCode.Done, "bye");
        Pair.Send(pair.Dialler, "late");
        await world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["11 one", "11 two", "11 closed Done"], pair.Right);
        Assert.Equal(["10 written 3", "10 written 3", "11 closed Done"], pair.Left);
        Assert.Equal(0, pair.Faults.LinksOpen);
    }

    [Fact]
    public async Task An_abrupt_close_loses_what_is_under_way()
    {
        await using var world = new NetfluxWorld(1);
        var pair = await Pair.Open(world);
        Pair.Send(pair.Dialler, "one");
        pair.Dialler.Close(CloseCode.Flooding, "too much", abrupt: true);
        await world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["11 closed Lost"], pair.Right);
        Assert.Equal("10 closed Flooding", pair.Left[^1]);
    }

    [Fact]
    public async Task A_cut_in_mid_frame_loses_what_is_under_way_and_a_clean_one_does_not()
    {
        await using var world = new NetfluxWorld(1);
        var clean = await Pair.Open(world);
        Pair.Send(clean.Dialler, "one");
        clean.Faults.Cut();
        await world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["10 one", "10 closed Lost"], clean.Right);

        await using var other = new NetfluxWorld(1);
        var torn = await Pair.Open(other);
        Pair.Send(torn.Dialler, "one");
        torn.Faults.Cut(midFrame: true);
        await other.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["10 closed Lost"], torn.Right);
        Assert.Equal("10 closed Lost", torn.Left[^1]);
    }

    [Theory, Seeds(10)]
    public async Task Loss_and_latency_delay_but_keep_the_order(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var pair = await Pair.Open(world);
        pair.Faults.Latency(20, 200).Loss(0.2).Duplicate(0.05);
        var sent = Enumerable.Range(0, 200).Select(n => $"{n}").ToArray();
        foreach (var text in sent)
        {
            Pair.Send(pair.Dialler, text);
            await world.Advance(TimeSpan.FromMilliseconds(3));
        }
        await world.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(sent, pair.Right.Select(line => line.Split(' ')[1]));
        var delays = pair.Right.Select((line, n) => double.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture) - 10 - 3 * n).ToArray();
        Assert.True(delays.Min() >= 19, $"faster than the latency: {delays.Min()}");
        Assert.True(delays.Max() > 220, $"no loss was seen: {delays.Max()}");
    }

    [Fact]
    public async Task A_black_hole_holds_everything_until_it_heals()
    {
        await using var world = new NetfluxWorld(1);
        var pair = await Pair.Open(world);
        pair.Faults.BlackHoleFrom("ann");
        Pair.Send(pair.Dialler, "one");
        Pair.Send(pair.Listener, "back");
        await world.Advance(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(pair.Right, line => line.EndsWith("one", StringComparison.Ordinal));
        Assert.Contains("11 back", pair.Left);
        pair.Faults.Heal();
        await world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("5010 one", pair.Right[^1]);
    }

    [Fact]
    public async Task A_receiver_that_does_not_read_holds_the_sender()
    {
        await using var world = new NetfluxWorld(1);
        var pair = await Pair.Open(world, readAhead: 1);
        for (var n = 0; n < 10; n++) Pair.Send(pair.Dialler, $"{n}", 64 << 10);
        await world.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(pair.Right);
        Assert.Equal(5, pair.Left.Count);
        pair.Listener.ReadMore(100);
        await world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, pair.Right.Count);
        Assert.Equal(10, pair.Left.Count);
    }

    [Fact]
    public async Task A_narrow_line_takes_its_time()
    {
        await using var world = new NetfluxWorld(1);
        var pair = await Pair.Open(world);
        pair.Faults.Bandwidth(100_000);
        for (var n = 0; n < 3; n++) Pair.Send(pair.Dialler, $"{n}", 10_000);
        await world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["111 0", "211 1", "311 2"], pair.Right);
    }

    [Fact]
    public async Task Dials_fail_as_they_would_outside()
    {
        await using var world = new NetfluxWorld(1);
        Assert.Equal(["4 Unreachable"], (await Pair.Open(world, listens: false)).Left);
        await using var wrong = new NetfluxWorld(1);
        Assert.Equal(["4 NotWebSocket"], (await Pair.Open(wrong, path: "/other")).Left);
        await using var apart = new NetfluxWorld(1);
        apart.Network.Between("ann", "bob").CannotLink();
        Assert.Equal(["2 Unreachable"], (await Pair.Open(apart)).Left);
        await using var holed = new NetfluxWorld(1);
        holed.Network.Between("ann", "bob").BlackHole();
        var pair = await Pair.Open(holed);
        await holed.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(["10004 TimedOut"], pair.Left);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_killed_host_says_nothing_and_its_machine_may_reset(bool reset)
    {
        await using var world = new NetfluxWorld(1);
        var pair = await Pair.Open(world);
        world.Network.Kill("bob", reset);
        Pair.Send(pair.Listener, "ghost");
        await world.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(pair.Right);
        Assert.Equal(reset ? ["11 closed Lost"] : [], pair.Left);
    }

    [Fact]
    public async Task Breaks_lose_at_most_the_message_at_which_they_break()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            await using var world = new NetfluxWorld(seed);
            var pair = await Pair.Open(world);
            pair.Faults.Breaks(1);
            Pair.Send(pair.Dialler, "one");
            await world.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal("11 closed Lost", pair.Right[^1]);
            Assert.InRange(pair.Right.Count, 1, 2);
        }
    }
}
