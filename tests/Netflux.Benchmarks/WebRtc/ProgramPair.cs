using Netflux.TestTools.Peers;

namespace Netflux.Benchmarks.WebRtc;

/// <summary>The two running programs of a pair, with the signaling between them.</summary>
internal sealed record ProgramPair(PeerProgram Sender, PeerProgram Receiver) : IAsyncDisposable
{
    private static readonly TimeSpan s_restWindow = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_restMax = TimeSpan.FromSeconds(10); // a browser is never quite at rest

    public static async Task<ProgramPair> StartAsync(ComparedPair pair)
    {
        var sender = await PeerProgram.StartAsync(pair.Sender.Name, pair.Sender.Command());
        try
        {
            var receiver = await PeerProgram.StartAsync(pair.Receiver.Name, pair.Receiver.Command());
            PeerSignaling.Join(sender, receiver);
            return new(sender, receiver);
        }
        catch
        {
            await sender.DisposeAsync();
            throw;
        }
    }

    public Task<double> ConnectAsync(string id) => PeerSignaling.ConnectAsync(Sender, Receiver, id);

    public async Task CloseAsync(string id)
    {
        var closed = Receiver.WaitAsync("closed", id);
        await Sender.AskAsync(new { t = "close", id }, "closed", id);
        Receiver.Tell(new { t = "close", id }); // not every stack tells the other side
        await closed;
    }

    public TimeSpan ProcessorTime() => ProcessTree.ProcessorTime(Sender.ProcessId) + ProcessTree.ProcessorTime(Receiver.ProcessId);

    /// <summary>Waits until both are at rest: what a program does once after its start, such as to compile, is not a connection's.</summary>
    public async Task RestAsync()
    {
        var before = ProcessorTime();
        for (var waited = TimeSpan.Zero; waited < s_restMax; waited += s_restWindow)
        {
            await Task.Delay(s_restWindow);
            var now = ProcessorTime();
            if (now - before < s_restWindow / 20) return;
            before = now;
        }
    }

    /// <summary>The memory of both when nothing goes on.</summary>
    public async Task<long> SettledMemoryAsync()
    {
        foreach (var program in new[] { Sender, Receiver }) await program.AskAsync(new { t = "gc" }, "gc");
        await Task.Delay(TimeSpan.FromSeconds(2)); // threads that were made for the handshakes end, and pages go back
        return ProcessTree.Memory(Sender.ProcessId) + ProcessTree.Memory(Receiver.ProcessId);
    }

    public async ValueTask DisposeAsync()
    {
        await Sender.DisposeAsync();
        await Receiver.DisposeAsync();
    }
}
