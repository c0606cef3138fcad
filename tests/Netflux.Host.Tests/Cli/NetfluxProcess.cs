using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace Netflux.Host.Cli;

/// <summary>A running <c>netflux</c> command: lines in, events out. Waits are for what it says, never for time; the patience only ends a test that hangs.</summary>
internal sealed class NetfluxProcess : IAsyncDisposable
{
    // Generous: a shared machine builds while it tests. What must be fast is asserted where it is said.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _seen = [];
    private readonly Task _reading;
    private readonly Task<string> _errors;

    private NetfluxProcess(IEnumerable<string> arguments, IEnumerable<(string Name, string Value)>? environment = null)
    {
        // The command lies beside the tests, since they reference it.
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "netflux.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        // Not the user's own; a test that keeps networks says where.
        start.Environment["XDG_DATA_HOME"] = Path.Combine(AppContext.BaseDirectory, "data");
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _reading = ReadAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    /// <summary>All that it said so far.</summary>
    public IReadOnlyList<string> Said
    {
        get { lock (_seen) return [.. _seen]; }
    }

    public static NetfluxProcess Start(params string[] arguments) => new(arguments);

    public static NetfluxProcess Start(IEnumerable<(string Name, string Value)> environment, params string[] arguments) => new(arguments, environment);

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] arguments, string input = "")
    {
        await using var run = new NetfluxProcess(arguments);
        await run._process.StandardInput.WriteAsync(input);
        run._process.StandardInput.Close();
        var exit = await run.ExitAsync();
        return (exit, string.Join('\n', run.Said), await run._errors);
    }

    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public void EndInput() => _process.StandardInput.Close();

    public void Kill() => _process.Kill();

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>The next event of this name that satisfies the condition; others are passed over, or to <paramref name="passing"/>.</summary>
    public async Task<JsonElement> ExpectAsync(string name, Func<JsonElement, bool>? where = null, Action<JsonElement>? passing = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (await _lines.Reader.WaitToReadAsync(patience.Token))
                while (_lines.Reader.TryRead(out var line))
                {
                    var happening = JsonDocument.Parse(line).RootElement;
                    if (happening.GetProperty("event").GetString() == name && (where is null || where(happening))) return happening;
                    passing?.Invoke(happening);
                }
        }
        catch (OperationCanceledException) { }
        throw new Xunit.Sdk.XunitException($"No '{name}' came; there were:\n{string.Join('\n', Said)}\nand on standard error: {(_errors.IsCompleted ? await _errors : "(still running)")}");
    }

    /// <summary>An event of this name that satisfies the condition, whether it came before or comes yet.</summary>
    public async Task ExpectSaidAsync(string name, Func<JsonElement, bool> where)
    {
        if (!Said.Select(line => JsonDocument.Parse(line).RootElement).Any(e => e.Text("event") == name && where(e))) await ExpectAsync(name, where);
    }

    /// <summary>The next line, of a command that writes sentences, that holds this text.</summary>
    public async Task<string> ExpectLineAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(patience.Token))
                if (line.Contains(text, StringComparison.Ordinal)) return line;
        }
        catch (OperationCanceledException) { }
        throw new Xunit.Sdk.XunitException($"No line with '{text}' came; there were:\n{string.Join('\n', Said)}");
    }

    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        await _reading;
        return _process.ExitCode;
    }

    public Task<string> ErrorsAsync() => _errors;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_seen) _seen.Add(line);
            _lines.Writer.TryWrite(line);
        }
        _lines.Writer.Complete();
    }
}
