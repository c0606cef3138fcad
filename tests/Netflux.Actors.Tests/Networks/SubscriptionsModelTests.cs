using CsCheck;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;

namespace Netflux.Tests.Networks;

/// <summary>Any sequence of facts, beside a model that keeps for every message the set of subscribers that still have to consume it.</summary>
public sealed class SubscriptionsModelTests
{
    private static readonly SubscriptionsOptions Options = new() { SubscribersMax = 3, HeldMax = 12 };

    private static PeerId Id(int n) => PeerId.FromBytes([(byte)n, .. new byte[PeerId.Length - 1]]);

    private sealed class Channel { public int Peer; public bool Open = true; public List<Message> Messages = []; public ulong Said; }

    private sealed class Message { public HashSet<Listener> Left = []; }

    private sealed class Listener
    {
        public required string Name;
        public int? Window;
        public List<(string Text, Message? Message)> Held = [];
        public List<Message> Told = [];
        public int Confirmed;
        public Instant? Full;
    }

    private sealed class Model
    {
        public List<Listener> Listeners = [];
        public List<Channel> Channels = [];
        public Dictionary<string, List<string>> Told = [];
        public List<string> Out = [];

        public void Come(string text, Channel? from, Instant now)
        {
            var message = from is null ? null : new Message { Left = [.. Listeners] };
            if (message is not null) from!.Messages.Add(message);
            foreach (var listener in Listeners) listener.Held.Add((text, message));
            foreach (var listener in Listeners.AsEnumerable().Reverse().ToList())
            {
                if (listener.Held.Count > Options.HeldMax) End(listener, "TooSlow");
            }
            foreach (var listener in Listeners) Tell(listener, now);
        }

        public void Tell(Listener listener, Instant now)
        {
            while (listener.Held.Count > 0)
            {
                var (text, message) = listener.Held[0];
                if (message is not null && listener.Window is { } window && listener.Told.Count - listener.Confirmed >= window) break;
                listener.Held.RemoveAt(0);
                if (message is null) Say(listener, text);
                else
                {
                    listener.Told.Add(message);
                    Say(listener, $"{listener.Told.Count} {text}");
                    if (listener.Window is null) Confirm(listener, listener.Told.Count);
                }
            }
            listener.Full = listener.Held.Count > 0 ? listener.Full ?? now : null;
        }

        public static void Confirm(Listener listener, int upTo)
        {
            for (; listener.Confirmed < Math.Min(upTo, listener.Told.Count); listener.Confirmed++) listener.Told[listener.Confirmed].Left.Remove(listener);
        }

        public void End(Listener listener, string why)
        {
            Listeners.Remove(listener);
            foreach (var channel in Channels) channel.Messages.ForEach(m => m.Left.Remove(listener));
            Out.Add($"{listener.Name} {why}");
        }

        private void Say(Listener listener, string text)
        {
            if (!Told.TryGetValue(listener.Name, out var lines)) Told.Add(listener.Name, lines = []);
            lines.Add(text);
        }
    }

    private sealed record Step(int Verb, int Peer, int Subscriber, int Number, int Millis);

    private static readonly Gen<Step> Steps = Gen.Select(Gen.Int[0, 19], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 9], Gen.Int[0, 9000], (v, p, s, n, m) => new Step(v, p, s, n, m));

    [Fact]
    public void The_core_does_what_the_model_does() =>
        Steps.Array[1, 120].Sample(Run, iter: 2_000, seed: Environment.GetEnvironmentVariable("SEED"), threads: 2);

    private static void Run(Step[] steps)
    {
        var core = new Subscriptions<string, string>(Options);
        var model = new Model();
        var now = Instant.Zero;
        var text = 0;
        foreach (var step in steps)
        {
            now += TimeSpan.FromMilliseconds(step.Millis);
            var name = "abcd"[step.Subscriber].ToString();
            var listener = model.Listeners.SingleOrDefault(l => l.Name == name);
            var channel = model.Channels.SingleOrDefault(c => c.Open && c.Peer == step.Peer);
            switch (step.Verb)
            {
                case 0:
                    if (channel is not null) channel.Open = false;
                    model.Channels.Add(new Channel { Peer = step.Peer });
                    core.OpenMember(Id(step.Peer), "p" + step.Peer);
                    break;
                case 1:
                    if (channel is not null) channel.Open = false;
                    core.CloseMember(Id(step.Peer));
                    break;
                case 2 or 3:
                    int? window = step.Number < 3 ? null : step.Number - 2;
                    var room = listener is not null || model.Listeners.Count < Options.SubscribersMax;
                    Assert.Equal(room, core.TrySubscribe(name, window, now));
                    if (!room) break;
                    if (listener is null) model.Listeners.Add(listener = new Listener { Name = name });
                    listener.Window = window;
                    if (window is null) Model.Confirm(listener, listener.Told.Count);
                    model.Tell(listener, now);
                    break;
                case 4:
                    if (listener is not null) model.End(listener, "Unsubscribed");
                    core.Unsubscribe(name);
                    break;
                case >= 5 and <= 8:
                    var upTo = (listener?.Confirmed ?? 0) + step.Number - 2;
                    core.HandleConsumed(name, upTo, now);
                    if (listener is null || upTo <= listener.Confirmed) break;
                    Model.Confirm(listener, upTo);
                    if (listener.Full is not null) listener.Full = now;
                    model.Tell(listener, now);
                    break;
                case 9 or 10:
                    if (core.NextDeadline is { } due && step.Number < 5) now = new Instant(Math.Max(now.Ticks, due.Ticks));
                    core.HandleDeadline(now);
                    foreach (var slow in model.Listeners.AsEnumerable().Reverse().Where(l => l.Full is { } f && f + Options.SubscriberPatience <= now).ToList())
                    {
                        if (now - slow.Full!.Value - Options.SubscriberPatience > Options.LateMax) slow.Full = now;
                        else model.End(slow, "TooSlow");
                    }
                    break;
                case 11 or 12:
                    core.HandleEvent($"e{++text}", now);
                    model.Come($"e{text}", null, now);
                    break;
                default:
                    core.HandleMessage(Id(step.Peer), new[] { (byte)++text }, step.Number < 5 ? Delivery.Direct : Delivery.Broadcast, now);
                    if (channel is not null) model.Come($"p{step.Peer} {(byte)text} {(step.Number < 5 ? Delivery.Direct : Delivery.Broadcast)}", channel, now);
                    break;
            }
            Compare(core, model);
        }
    }

    private static void Compare(Subscriptions<string, string> core, Model model)
    {
        var told = new Dictionary<string, List<string>>();
        while (core.TryTakeTelling(out var t))
        {
            var name = (string)t.Subscriber;
            if (!told.TryGetValue(name, out var lines)) told.Add(name, lines = []);
            lines.Add(t.IsMessage ? $"{t.Number} {t.From} {t.Payload.Span[0]} {t.Delivery}" : t.Event!);
        }
        Assert.Equal(model.Told.OrderBy(t => t.Key).Select(t => $"{t.Key}: {string.Join(", ", t.Value)}"), told.OrderBy(t => t.Key).Select(t => $"{t.Key}: {string.Join(", ", t.Value)}"));
        model.Told.Clear();

        foreach (var channel in model.Channels.Where(c => c.Open))
        {
            var consumed = (ulong)channel.Messages.TakeWhile(m => m.Left.Count == 0).Count();
            Assert.DoesNotContain(channel.Messages.Skip((int)consumed), m => m.Left.Count == 0); // consumption never jumps
            if (consumed == channel.Said) continue;
            channel.Said = consumed;
            model.Out.Add($"consumed {Id(channel.Peer)} {consumed}");
        }
        var instructions = new List<string>();
        while (core.TryTake(out var next))
        {
            instructions.Add(next switch
            {
                ConsumedUpTo(var member, var messages) => $"consumed {member} {messages}",
                EndSubscription(var subscriber, var reason) => $"{subscriber} {reason}",
                _ => throw new InvalidOperationException(),
            });
        }
        Assert.Equal(model.Out.Order(StringComparer.Ordinal), instructions.Order(StringComparer.Ordinal));
        model.Out.Clear();
        Assert.Equal(model.Listeners.Where(l => l.Full is not null).Select(l => l.Full + Options.SubscriberPatience).Min(), core.NextDeadline);
    }
}
