using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;

namespace Netflux.CutProxy;

/// <summary>The proxy as a process of its own, for tests: commands in, events out.</summary>
public sealed class CutProxyProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<ProxyEvent> _events = Channel.CreateUnbounded<ProxyEvent>();

    private CutProxyProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) _events.Writer.TryComplete();
            else if (JsonSerializer.Deserialize(line.Data, ProxyJson.Default.ProxyEvent) is { } said) _events.Writer.TryWrite(said);
        };
        _process.BeginOutputReadLine();
    }

    /// <summary>Where the proxy listens, on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>What the proxy says, in order; completes when it ends.</summary>
    public ChannelReader<ProxyEvent> Events => _events.Reader;

    /// <summary>Starts a proxy before <paramref name="target"/>.</summary>
    public static async Task<CutProxyProcess> StartAsync(IPEndPoint target, ulong seed, CancellationToken token = default)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { typeof(CutProxyProcess).Assembly.Location, target.ToString(), "--seed", seed.ToString(CultureInfo.InvariantCulture) },
        };
        var proxy = new CutProxyProcess(Process.Start(start) ?? throw new InvalidOperationException("The proxy did not start."));
        proxy.Port = (await proxy.ExpectAsync("listening", token)).Port!.Value;
        return proxy;
    }

    /// <summary>Gives a command and returns the proxy's statistics after it.</summary>
    public async Task<ProxyEvent> TellAsync(ProxyCommand command, CancellationToken token = default)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command, ProxyJson.Default.ProxyCommand).AsMemory(), token);
        await _process.StandardInput.FlushAsync(token);
        return await ExpectAsync("stats", token);
    }

    /// <summary>The next event of a name; others are passed over.</summary>
    public async Task<ProxyEvent> ExpectAsync(string name, CancellationToken token = default)
    {
        while (true)
        {
            var said = await _events.Reader.ReadAsync(token);
            if (said.Event == "error") throw new InvalidOperationException($"The proxy says: {said.Text}");
            if (said.Event == name) return said;
        }
    }

    /// <summary>Ends the proxy and with it all of its connections.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
