using Netflux.Sessions;

namespace Netflux.Simulation.Checkers;

/// <summary>What a session keeps for the other side stays within its limits, and goes once it has arrived.</summary>
internal sealed class SessionBuffersChecker(World world) : Checker
{
    /// <summary>What may be under way in calm, with those that were sent a moment ago.</summary>
    private const int UnderWayMax = 64;

    public override void HandleRecord(int from, int to, int bytes)
    {
        if (world.Sessions?.Find(to, from)?.Session.Load is { } load && load.UnacknowledgedBytes > SessionOptions.Default.UnacknowledgedBytesMax + (64 << 10)) Violate($"{to} keeps {load.UnacknowledgedBytes} bytes for {from}");
    }

    public override void Finish(World world)
    {
        if (world.Sessions is null) return;
        foreach (var end in world.Sessions.Ends)
        {
            if (end.Session.Load.Unacknowledged > UnderWayMax) Violate($"{end.Node} keeps {end.Session.Load.Unacknowledged} frames that {end.Peer} has long got");
        }
    }
}
