using System.Diagnostics;
using Netflux.Core;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>The monotonic clock of this process.</summary>
internal static class RtcClock
{
    public static Instant Now => new(Stopwatch.GetElapsedTime(0).Ticks);
}
