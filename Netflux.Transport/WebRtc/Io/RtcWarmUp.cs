using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// Connections of this process with itself, once, while nobody waits for them: what runs for the first time is compiled first, which made the first connection of a
/// process take 0.3 to 0.4 s.
/// </summary>
internal static class RtcWarmUp
{
    /// <summary>At once: after these nothing runs for the first time any more.</summary>
    private const int FirstConnections = 4;

    /// <summary>
    /// The runtime compiles a method anew when it has run 30 times, and once more, by what it saw, after 30 more (TieredCompilation, TieredPGO); connections after
    /// that open in half the time, measured.
    /// </summary>
    private const int Connections = 100;

    /// <summary>Between the later ones: at about 10 ms each they take a fiftieth of a processor, which a process that has other things to do does not miss.</summary>
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);

    /// <summary>Two that take so long, where they take some 20 ms, show that others need the processors: the pace is halved each time.</summary>
    private static readonly TimeSpan s_busy = TimeSpan.FromMilliseconds(100);

    private const int Pings = 20; // guess: what carries messages runs often enough, too

    /// <summary>For each of them. Guess: a busy machine needs a second for the first.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private static int s_hasBegun;

    /// <summary>The first call begins it; it goes on by itself.</summary>
    public static void Begin()
    {
        if (Interlocked.Exchange(ref s_hasBegun, 1) == 0) _ = Task.Run(() => RunAsync(s_pace));
    }

    /// <summary>Whether they connected. <see cref="Begin"/> has nothing to do any more.</summary>
    public static async Task<bool> RunAsync(TimeSpan pace)
    {
        Interlocked.Exchange(ref s_hasBegun, 1);
        var options = new RtcPortOptions { Addresses = [IPAddress.Loopback] };
        using var near = RtcPort.Create(options, NullLoggerFactory.Instance);
        using var far = RtcPort.Create(options, NullLoggerFactory.Instance);
        for (var i = 0; i < Connections; i += 2)
        {
            if (i >= FirstConnections) await Task.Delay(pace).ConfigureAwait(false);
            var begun = Stopwatch.GetTimestamp();
            // Two at once: where the ports have a connection already, a further one takes other ways (its answerer a socket of its own).
            var trials = new[] { LoopbackTrial.RunAsync(near, far, Pings, s_limit), LoopbackTrial.RunAsync(near, far, Pings, s_limit) };
            if ((await Task.WhenAll(trials).ConfigureAwait(false)).Contains(null)) return false;
            if (i >= FirstConnections && Stopwatch.GetElapsedTime(begun) > s_busy) pace *= 2;
        }
        return true;
    }
}
