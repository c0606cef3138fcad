using System.Globalization;
using CsCheck;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Wire;

namespace Netflux.Tests.Networks;

/// <summary>Any sequence of facts: the queue and the model say the same, in the same order, and want to be woken at the same time.</summary>
public sealed class SendQueueModelTests
{
    private const int MessageBytesMax = 700;
    private static readonly SendQueueOptions Options = new() { SendBytesMax = 900, PendingMessagesMax = 5, PendingBytesMax = 600, SendWindow = 600, WindowSendersMax = 2 };
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly object?[] Senders = [null, "p", "q", "v", "w", "x"];

    // ids that differ in their first characters, so that Short tells them apart
    private static PeerId Id(int n) => PeerId.FromBytes([(byte)(n * 40), .. new byte[PeerId.Length - 1]]);

    internal sealed record Step(int Verb, int Member, int Sender, int Length, bool Flag, int Millis);

    private static readonly Gen<Step> Steps = Gen.Select(Gen.Int[0, 19], Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 720], Gen.Bool, Gen.Int[0, 3000],
        (verb, member, sender, length, flag, millis) => new Step(verb, member, sender, length % 3 == 0 ? length : length % 150, flag, millis));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_queue_does_what_the_model_does(bool drops) =>
        Steps.Array[1, 120].Sample(steps => Run(steps, drops), iter: 2_000, seed: Environment.GetEnvironmentVariable("SEED"), threads: 2);

    private static void Run(Step[] steps, bool drops)
    {
        var queue = new SendQueue(Options, MessageBytesMax, drops ? SlowMemberPolicy.Drop : SlowMemberPolicy.Wait, Grace);
        var model = new SendQueueModel(Options, MessageBytesMax, drops, Grace);
        var sent = new Dictionary<PeerId, (ulong Messages, long Cost)>();
        var credited = new Dictionary<PeerId, (ulong Messages, long Cost)>();
        var now = Instant.Zero;
        var request = 0L;
        foreach (var step in steps)
        {
            now += TimeSpan.FromMilliseconds(step.Millis);
            var id = Id(step.Member);
            switch (step.Verb)
            {
                case 0:
                    queue.OpenMember(id, 100 + step.Length, now);
                    model.Open(id, 100 + step.Length, now);
                    sent[id] = credited[id] = default;
                    break;
                case 1 when step.Flag:
                    queue.CloseMember(id, now);
                    model.Close(id, now);
                    break;
                case 2:
                    queue.OpenWindow(Senders[3 + step.Sender % 3]!, now);
                    model.OpenWindow(Senders[3 + step.Sender % 3]!);
                    break;
                case 3 when step.Flag:
                    queue.CloseWindow(Senders[3 + step.Sender % 3]!);
                    model.CloseWindow(Senders[3 + step.Sender % 3]!);
                    break;
                case 4:
                    var old = new RequestId(Math.Max(1, request - step.Length % 8));
                    queue.Withdraw(old, now);
                    model.Withdraw(old, now);
                    break;
                case >= 5 and <= 8 when sent.TryGetValue(id, out var whole):
                    var (messages, cost) = credited[id];
                    messages += step.Flag ? 1u : (ulong)step.Length % 5;
                    cost = messages >= whole.Messages ? whole.Cost : Math.Min(whole.Cost, cost + 64 + step.Length);
                    if (step.Length == 99) messages = ulong.MaxValue;
                    queue.HandleCredit(id, messages, cost, now);
                    model.Credit(id, messages, cost, now);
                    credited[id] = (Math.Min(messages, whole.Messages), cost);
                    break;
                case 9 or 10:
                    now = queue.NextDeadline is { } due && step.Flag ? new Instant(Math.Max(now.Ticks, due.Ticks)) : now;
                    queue.HandleDeadline(now);
                    model.Deadline(now);
                    break;
                default:
                    var said = new Submission(Senders[step.Sender], new(++request), step.Verb < 13 ? null : id, new byte[step.Length], step.Flag);
                    queue.Submit(said, now);
                    model.Submit(said, now);
                    break;
            }
            Compare(queue, model, sent);
        }
    }

    private static void Compare(SendQueue queue, SendQueueModel model, Dictionary<PeerId, (ulong Messages, long Cost)> sent)
    {
        var handOvers = new List<string>();
        while (queue.TryTakeHandOver(out var next))
        {
            handOvers.Add(string.Create(CultureInfo.InvariantCulture, $"to {next.Way.Short} {(next.Flags.HasFlag(FrameFlags.Broadcast) ? "broadcast" : "direct")}{(next.Flags.HasFlag(FrameFlags.ConfirmSoon) ? "!" : "")} {next.Payload.Length}"));
            var (messages, cost) = sent[next.Way];
            sent[next.Way] = (messages + 1, cost + next.Payload.Length + 64);
        }
        var instructions = new List<string>();
        while (queue.TryTake(out var next)) instructions.Add(Text(next));
        Assert.Equal(model.Out.Where(line => line.StartsWith("to ", StringComparison.Ordinal)), handOvers);
        Assert.Equal(model.Out.Where(line => !line.StartsWith("to ", StringComparison.Ordinal)), instructions);
        Assert.Equal(model.NextDeadline, queue.NextDeadline);
        Assert.True(model.LargeOnTheirWay <= 1);
        model.Out.Clear();
    }

    private static string Text(SendInstruction instruction) => string.Create(CultureInfo.InvariantCulture, $"{instruction switch
    {
        Accepted(var sender, var request, var id) => $"accepted {sender} {request} {id}",
        Refused(var sender, var request, var why, _) => $"refused {sender} {request} {why}",
        WindowOpened(var sender, var upTo, var accepted) => $"window {sender} {upTo} {accepted}",
        Delivered(var sender, var id) => $"delivered {sender} {id}",
        Undelivered(var member, var first, var last, var senders) => $"undelivered {member.Short} {first}-{last} [{string.Join(",", senders)}]",
        DropSlowMember(var member) => $"drop {member.Short}",
        _ => throw new InvalidOperationException(),
    }}");
}
