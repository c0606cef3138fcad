using Netflux.TestTools;
using Netflux.TestTools.Peers;

namespace Netflux.Benchmarks.WebRtc;

/// <summary>A stack in the comparison, by the name that the command line gives it.</summary>
/// <param name="LargeMessage">The large message of the measurement: 64 KiB, or the one byte less that pion reads.</param>
internal sealed record ComparedStack(string Name, int LargeMessage, Func<IReadOnlyList<string>> Command, string? WhyMissing)
{
    private const int KiB64 = 64 * 1024;

    public static readonly IReadOnlyList<ComparedStack> All =
    [
        Ours("netflux"),
        Ours("netflux-portable", "--portable"),
        Ours("netflux-default-buffers", "--default-buffers"),
        .. new[] { PeerStack.LibDataChannel, PeerStack.LibWebRtc, PeerStack.Pion, PeerStack.Chromium, PeerStack.Firefox, PeerStack.Werift }
            .Select(stack => new ComparedStack(stack.Name, Math.Min(KiB64, stack.MessageBytesMax), stack.Command, Installed.WhyMissing(stack.Needs))),
    ];

    private static ComparedStack Ours(string name, params string[] options) => new(name, KiB64, () => ChildProcess.Command(["webrtc-peer", .. options]), null);
}

/// <summary>Who offers and sends, and who answers and receives.</summary>
internal sealed record ComparedPair(ComparedStack Sender, ComparedStack Receiver)
{
    /// <summary>Every stack with itself, and ours with the two that everybody else has to work with.</summary>
    public static readonly IReadOnlyList<string> Default =
    [
        .. ComparedStack.All.Select(stack => stack.Name), "netflux+pion", "pion+netflux", "netflux+chromium", "chromium+netflux",
    ];

    public string Name => Sender == Receiver ? Sender.Name : $"{Sender.Name}+{Receiver.Name}";

    public string? WhyMissing => Sender.WhyMissing ?? Receiver.WhyMissing;

    public int LargeMessage => Math.Min(Sender.LargeMessage, Receiver.LargeMessage);

    /// <summary>NAME, or SENDER+RECEIVER.</summary>
    public static ComparedPair? TryParse(string text)
    {
        var names = text.Split('+');
        var stacks = names.Select(name => ComparedStack.All.FirstOrDefault(stack => stack.Name == name)).OfType<ComparedStack>().ToList();
        return stacks.Count == names.Length && names.Length is 1 or 2 ? new(stacks[0], stacks[^1]) : null;
    }
}
