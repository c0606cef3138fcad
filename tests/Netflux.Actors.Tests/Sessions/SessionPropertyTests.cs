using System.Globalization;
using CsCheck;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>DESIGN §7 under any interleaving of faults. <c>SEED=…</c> repeats one run of the long tests; CsCheck prints its own seed.</summary>
public sealed class SessionPropertyTests
{
    private enum Step
    {
        SendA, SendB, SendLarge, DialA, DialB, DialBoth, Cut, LoseAtA, LoseAtB, BlackHole, Wait, WaitLong, ConsumeNot, ConsumeAgain, Slow, Fast, SmallRecords,
    }

    // Whatever happens to links, while both run: every message once, in order, both ways; after quiet both sides agree.
    [Fact]
    public void While_both_run_nothing_is_lost_nothing_doubled_order_kept() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Enum<Step>().Array[1, 60]).Sample((seed, steps) =>
        {
            var world = SessionWorldExtensions.Talking(window: 20_000, recordBytesMax: 700);
            var random = SeededRandom.For((ulong)seed, "steps");
            var (a, b) = (new Talker(world, world.A), new Talker(world, world.B));
            var withoutLink = TimeSpan.Zero;
            foreach (var step in steps)
            {
                Take(world, a, b, step, random);
                var pause = TimeSpan.FromMilliseconds(random.Next() % 40);
                // The resume window holds 13 s; a run of steps without a working link stays below it.
                withoutLink = world.Links.Any(link => link.IsOpen && !link.IsBlackHole) ? TimeSpan.Zero : withoutLink + pause;
                if (withoutLink > TimeSpan.FromSeconds(2)) world.Dial(world.A);
                world.Run(pause);
            }
            Quiet(world, a, b);
            a.CheckAll(b);
            b.CheckAll(a);
            Assert.Equal((0, 0), (world.A.Count<SessionEnded>(), world.B.Count<SessionEnded>()));
            Assert.True(world.Links.Count(link => link.IsOpen) == 1, "One link is left.");
        }, iter: 300, threads: 1);

    // With restarts: what arrives is in order and never doubled within one life of both; after quiet both are attached again and talk.
    [Fact]
    public void Restarts_and_lost_sessions_never_double_and_both_sides_agree_in_the_end() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[0, 20].Array[1, 40]).Sample((seed, steps) =>
        {
            var world = SessionWorldExtensions.Talking(window: 20_000, recordBytesMax: 700);
            var random = SeededRandom.For((ulong)seed, "steps");
            var (a, b) = (new Talker(world, world.A), new Talker(world, world.B));
            foreach (var step in steps)
            {
                switch (step)
                {
                    case 17: world.A.Restart(); a.Forget(); break;
                    case 18: world.B.Restart(); b.Forget(); break;
                    case 19: world.A.Restart(newer: false); a.Forget(); break; // lost its state, or gave up: the same incarnation without the session
                    case 20: world.B.Restart(newer: false); b.Forget(); break;
                    default: Take(world, a, b, (Step)step, random); break;
                }
                world.Run(TimeSpan.FromMilliseconds(random.Next() % 40));
                a.CheckOrder();
                b.CheckOrder();
            }
            Quiet(world, a, b);
            world.A.Attach(Networks.One, 20_000);
            world.B.Attach(Networks.One, 20_000);
            world.Dial(world.A); // a session that nobody needed may have ended itself
            world.RunMs(1000);
            var (sentA, sentB) = (a.Send(100), b.Send(100));
            world.RunMs(1000);
            a.CheckOrder();
            b.CheckOrder();
            Assert.Equal(sentB, a.Last);
            Assert.Equal(sentA, b.Last);
            Assert.True(sentA > 0 && sentB > 0);
        }, iter: 300, threads: 1);

    [Fact]
    public void A_hundred_cuts_after_random_bytes_under_a_hundred_thousand_messages()
    {
        var seed = ulong.Parse(Environment.GetEnvironmentVariable("SEED") ?? "4711", CultureInfo.InvariantCulture);
        var random = SeededRandom.For(seed, "cuts");
        var world = SessionWorldExtensions.Talking(window: 200_000, recordBytesMax: 16_384);
        var (a, b) = (new Talker(world, world.A), new Talker(world, world.B));
        var (cuts, sent, cutAt) = (0, 0, 10_000L);
        while (sent < 100_000)
        {
            for (var i = 0; i < 100; i++, sent++) (sent % 2 == 0 ? a : b).Send((int)(random.Next() % 100));
            world.RunMs(2);
            var link = world.Links[^1];
            if (link.Bytes < cutAt || cuts == 100) continue;
            link.Cut();
            cuts++;
            cutAt = (long)(random.Next() % 80_000);
            world.RunMs(random.Next() % 300);
            world.Dial(random.Next() % 2 == 0 ? world.A : world.B);
        }
        world.RunMs(60_000);
        Assert.True(cuts == 100, $"SEED={seed}: {cuts} cuts");
        a.CheckAll(b);
        b.CheckAll(a);
        Assert.Equal((0, 0), (world.A.Count<SessionEnded>(), world.B.Count<SessionEnded>()));
    }

    private static void Take(SessionWorld world, Talker a, Talker b, Step step, SeededRandom random)
    {
        switch (step)
        {
            case Step.SendA: for (var i = random.Next() % 50; i > 0; i--) a.Send((int)(random.Next() % 300)); break;
            case Step.SendB: for (var i = random.Next() % 50; i > 0; i--) b.Send((int)(random.Next() % 300)); break;
            case Step.SendLarge: (random.Next() % 2 == 0 ? a : b).Send(65_000 + (int)(random.Next() % 5_000)); break;
            case Step.DialA: world.Dial(world.A); break;
            case Step.DialB: world.Dial(world.B); break;
            case Step.DialBoth: world.Dial(world.A); world.Dial(world.B); break;
            case Step.Cut: foreach (var link in world.Links.Where(link => link.IsOpen).ToArray()) link.Cut(); break;
            case Step.LoseAtA: world.Links.FirstOrDefault(link => link.IsOpen)?.Lose(world.A, Links.CloseCode.Lost); break;
            case Step.LoseAtB: world.Links.FirstOrDefault(link => link.IsOpen)?.Lose(world.B, Links.CloseCode.Lost); break;
            case Step.BlackHole: if (world.Links.LastOrDefault(link => link.IsOpen) is { } hole) hole.IsBlackHole = true; break;
            case Step.Wait: world.RunMs(random.Next() % 500); break;
            case Step.WaitLong: world.RunMs(random.Next() % 1500); break;
            case Step.ConsumeNot: world.A.AutoConsume = world.B.AutoConsume = false; break;
            case Step.ConsumeAgain: a.Consume(); b.Consume(); break;
            case Step.Slow: world.Delay = TimeSpan.FromMilliseconds(200); break;
            case Step.Fast: world.Delay = TimeSpan.FromMilliseconds(1); break;
            case Step.SmallRecords: world.RecordBytesMax = 120 + (int)(random.Next() % 5_000); break;
        }
    }

    private static void Quiet(SessionWorld world, Talker a, Talker b)
    {
        a.Consume();
        b.Consume();
        world.Delay = TimeSpan.FromMilliseconds(1);
        world.RunMs(300);
        foreach (var link in world.Links.Where(link => link.IsBlackHole || link.IsOpen).ToArray()) link.Cut();
        world.Dial(world.A);
        world.RunMs(8_000);
    }

    /// <summary>One side's user: numbers what it sends, and checks what it hears.</summary>
    private sealed class Talker
    {
        private readonly SessionWorld _world;
        private readonly SessionWorld.Side _side;
        private ulong _count;
        private int _next;

        public Talker(SessionWorld world, SessionWorld.Side side)
        {
            (_world, _side) = (world, side);
            side.OnFrames = frames =>
            {
                foreach (var frame in frames.Frames) Heard.Add(BitConverter.ToInt32(frame.Body.Span));
                Checked = Math.Min(Checked, Heard.Count);
            };
        }

        public List<int> Heard { get; } = [];
        public int Checked { get; private set; }
        public int Last => Heard.Count == 0 ? 0 : Heard[^1];

        public int Send(int length)
        {
            var body = new byte[Math.Max(4, length)];
            BitConverter.TryWriteBytes(body, _next + 1);
            if (!_side.Send(Networks.One, body)) return 0;
            _count++;
            return ++_next;
        }

        public void Consume()
        {
            _side.AutoConsume = true;
            foreach (var (network, upTo) in _side.Received) _side.Say(new ConsumeMessages(network, upTo));
        }

        // A process that starts again begins to listen anew; what it sends is numbered on, so that a double would show.
        public void Forget() => Heard.Clear();

        public void CheckOrder()
        {
            for (var i = 1; i < Heard.Count; i++) Assert.True(Heard[i] > Heard[i - 1], $"{_side.Name} heard {Heard[i]} after {Heard[i - 1]}.");
        }

        public void CheckAll(Talker sender) => Assert.Equal(Enumerable.Range(1, (int)sender._count), Heard);
    }
}
