using System.Globalization;

namespace Netflux.Benchmarks;

/// <summary>
/// What an idle session with a peer costs in managed memory: a process connects to one peer after another (meeting points, no networks), the peers live in another
/// process, and what each adds to the heap is the session with its link.
/// </summary>
internal static class IdleMemory
{
    private const int First = 4;
    private const int Last = 24;

    public static async Task<int> RunAsync()
    {
        await using var server = await BenchmarkServer.StartAsync();
        await using var hub = new NetfluxProcess("hub", listens: true);
        using var others = await ChildProcess.StartAsync("idle-members", server.Url.ToString());
        for (var i = 0; i < First; i++) await hub.Client.ConnectAsync(Meeting(server.Url, i));
        var before = await SettledHeapAsync();
        for (var i = First; i < Last; i++) await hub.Client.ConnectAsync(Meeting(server.Url, i));
        var each = (await SettledHeapAsync() - before) / (Last - First);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{each / 1024.0:N0} KiB of managed heap for each idle peer session with its link, the mean of {Last - First}."));
        return 0;
    }

    /// <summary>The other process: as many instances, each at its meeting point.</summary>
    public static async Task<int> JoinAsync(Uri server)
    {
        var members = new List<NetfluxProcess>();
        var connecting = ConnectAsync();
        await ChildProcess.UpAsync("up");
        foreach (var member in members) await member.DisposeAsync();
        await connecting;
        return 0;

        async Task ConnectAsync()
        {
            for (var i = 0; i < Last; i++)
            {
                var member = new NetfluxProcess(string.Create(CultureInfo.InvariantCulture, $"member-{i}"), listens: false);
                members.Add(member);
                await member.Client.ConnectAsync(Meeting(server, i));
            }
        }
    }

    private static Uri Meeting(Uri server, int i) => new(server, string.Create(CultureInfo.InvariantCulture, $"/meet/idle-{i}"));

    private static async Task<long> SettledHeapAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(4)); // what was sent at the beginning is acknowledged and let go
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
