using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace Netflux.ChainPeer;

/// <summary>A peer as a process of its own, for tests: commands in, events out. A <c>broken</c> event fails whatever waits.</summary>
public sealed class ChainPeerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<PeerEvent> _events = Channel.CreateUnbounded<PeerEvent>();
    private readonly List<PeerEvent> _seen = [];
    private readonly TaskCompletionSource<PeerEvent> _trouble = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChainPeerProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) _events.Writer.TryComplete();
            else if (JsonSerializer.Deserialize(line.Data, PeerJson.Default.PeerEvent) is { } said)
            {
                _events.Writer.TryWrite(said);
                if (said.Event is "broken" or "peerLeaving" or "undelivered") _trouble.TrySetResult(said);
            }
        };
        _process.BeginOutputReadLine();
    }

    /// <summary>Its id, once it has joined.</summary>
    public string Id { get; private set; } = "";

    /// <summary>All events that were waited for or passed over.</summary>
    public IReadOnlyList<PeerEvent> Seen => _seen;

    /// <summary>Done once it says that a chain is broken, that somebody left, or that something could not be delivered.</summary>
    public Task<PeerEvent> Trouble => _trouble.Task;

    public static async Task<ChainPeerProcess> JoinAsync(PeerCommand join, CancellationToken token)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { typeof(ChainPeerProcess).Assembly.Location },
        };
        var peer = new ChainPeerProcess(Process.Start(start) ?? throw new InvalidOperationException("The peer did not start."));
        await peer.SayAsync(join, token);
        peer.Id = (await peer.ExpectAsync("joined", token)).Peer!;
        return peer;
    }

    public async Task SayAsync(PeerCommand command, CancellationToken token)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command, PeerJson.Default.PeerCommand).AsMemory(), token);
        await _process.StandardInput.FlushAsync(token);
    }

    public async Task<PeerEvent> StatsAsync(CancellationToken token)
    {
        await SayAsync(new("stats"), token);
        return await ExpectAsync("stats", token);
    }

    /// <summary>The next event of a name; others are passed over.</summary>
    public async Task<PeerEvent> ExpectAsync(string name, CancellationToken token)
    {
        while (true)
        {
            PeerEvent said;
            try { said = await _events.Reader.ReadAsync(token); }
            catch (OperationCanceledException) { throw new TimeoutException($"No '{name}' came; there were:\n{string.Join('\n', _seen.TakeLast(20))}"); }
            catch (ChannelClosedException) { throw new InvalidOperationException($"The peer ended before '{name}'; there were:\n{string.Join('\n', _seen.TakeLast(20))}"); }
            _seen.Add(said);
            if (said.Event == "broken") throw new InvalidOperationException($"The peer says: {said.Text}");
            if (said.Event == name) return said;
        }
    }

    /// <summary>What it has said and nobody has waited for yet.</summary>
    public IReadOnlyList<PeerEvent> TakeRest()
    {
        while (_events.Reader.TryRead(out var said)) _seen.Add(said);
        return _seen;
    }

    /// <summary>Goes offline.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try { await _process.WaitForExitAsync(patience.Token); }
        catch (OperationCanceledException) { _process.Kill(); }
        _process.Dispose();
    }
}
