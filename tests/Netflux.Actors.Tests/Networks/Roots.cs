using System.Globalization;
using Netflux.Core;
using Netflux.Identity;
using Netflux.TestKit;

namespace Netflux.Networks;

/// <summary>Roots of a server that signs whatever a test wants: each is named by a letter for the state that it says, and follows from that of another letter.</summary>
internal static class Roots
{
    public static readonly NetworkId Lobby = RecordsSamples.Open.Network;
    public static readonly SeededPeerKeys Tracker = new(900), OtherTracker = new(901);

    /// <param name="text">As in "5b after a".</param>
    public static TrackerRoot Of(string text, SeededPeerKeys? by = null, NetworkId? network = null)
    {
        var words = text.Split(' ');
        var epoch = ulong.Parse(words[0][..^1], CultureInfo.InvariantCulture);
        return TrackerRoot.Create(by ?? Tracker, network ?? Lobby, epoch, State(words[0][^1]), epoch == 0 ? default : State(words.Length > 2 ? words[2][0] : (char)(words[0][^1] - 1)), 1, RecordsSamples.Now);
    }

    public static Instant At(double seconds) => Instant.Zero + TimeSpan.FromSeconds(seconds);

    private static ReadOnlyMemory<byte> State(char letter) => Enumerable.Repeat((byte)letter, 32).ToArray();
}
