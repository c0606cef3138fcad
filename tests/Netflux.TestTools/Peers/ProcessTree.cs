using System.Diagnostics;
using System.Globalization;

namespace Netflux.TestTools.Peers;

/// <summary>A process with all that descend from it: a browser is many. Read from Linux's /proc; elsewhere there is nothing to read.</summary>
public static class ProcessTree
{
    /// <summary>USER_HZ, the unit of times in /proc, is 100 on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Processor time so far, of ended and awaited children, too.</summary>
    public static TimeSpan ProcessorTime(int root) => TimeSpan.FromSeconds(Members(root).Sum(member => member.Ticks) / TicksPerSecond);

    /// <summary>Memory in bytes: pages that processes share count for each by its share (Pss in /proc/PID/smaps_rollup).</summary>
    public static long Memory(int root) => Members(root).Sum(member => ProportionalSet(member.Pid));

    /// <summary>Kills all of them, children first known and then killed, so that none is missed.</summary>
    public static void Kill(int root)
    {
        foreach (var member in Members(root).Append(new(root, 0, 0)))
            try { Process.GetProcessById(member.Pid).Kill(); }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException) { /* it has ended by itself */ }
    }

    private static List<Member> Members(int root)
    {
        var all = Directory.Exists("/proc") ? Directory.EnumerateDirectories("/proc").Select(Read).OfType<Member>().ToLookup(member => member.Parent) : Enumerable.Empty<Member>().ToLookup(member => member.Parent);
        var members = all.SelectMany(siblings => siblings).Where(member => member.Pid == root).ToList();
        for (var i = 0; i < members.Count; i++) members.AddRange(all[members[i].Pid]);
        return members;
    }

    /// <summary>proc(5): after the name in parentheses come the state, the parent, and as fields 14 to 17 utime, stime, cutime and cstime.</summary>
    private static Member? Read(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)) return null;
        try
        {
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)));
        }
        catch (IOException) { return null; } // it has just ended
    }

    private static long ProportionalSet(int pid)
    {
        try
        {
            var line = File.ReadLines(FormattableString.Invariant($"/proc/{pid}/smaps_rollup")).First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or InvalidOperationException) { return 0; }
    }

    private sealed record Member(int Pid, int Parent, long Ticks);
}
