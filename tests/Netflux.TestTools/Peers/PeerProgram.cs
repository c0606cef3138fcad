using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Netflux.TestTools.Peers;

/// <summary>A running peer program: commands go in, events come out, as JSON lines. It ends with its standard input, so it does not outlive the tests.</summary>
public sealed class PeerProgram : IAsyncDisposable
{
    /// <summary>A browser starts within a few seconds; a machine that does much else needs longer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static readonly JsonSerializerOptions s_json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<PeerEvent> _unread = [];
    private readonly List<Waiter> _waiting = [];
    private readonly Queue<string> _last = new();
    private readonly Task _reading;
    private bool _isOver;

    private PeerProgram(string name, Process process)
    {
        (Name, _process) = (name, process);
        _reading = ReadAsync();
    }

    public string Name { get; }

    public int ProcessId => _process.Id;

    public bool IsRunning
    {
        get { lock (_lock) return !_isOver; }
    }

    /// <summary>Descriptions and candidates for the other side, in their order and as they come; <see cref="PeerSignaling"/> carries them there.</summary>
    public Action<PeerEvent>? SignalHappened { get; set; }

    /// <summary>Starts a stack's program and waits until it is up.</summary>
    public static Task<PeerProgram> StartAsync(PeerStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return StartAsync(stack.Name, stack.Command());
    }

    /// <summary>Starts any program that speaks the same lines.</summary>
    public static async Task<PeerProgram> StartAsync(string name, IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var program = new PeerProgram(name, Process.Start(start)!);
        program._process.ErrorDataReceived += (_, line) => program.Remember(line.Data);
        program._process.BeginErrorReadLine();
        try
        {
            await program.WaitAsync("ready", null, s_patience);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a command; members that are null are left out.</summary>
    public void Tell(object command)
    {
        var line = JsonSerializer.Serialize(command, s_json);
        lock (_lock)
        {
            if (_isOver) return;
            try
            {
                _process.StandardInput.WriteLine(line);
                _process.StandardInput.Flush();
            }
            catch (IOException) { /* it has ended by itself: whoever waits for an answer learns of it */ }
        }
    }

    /// <summary>The first event of this kind that nobody has waited for yet. An error that the program tells of the same connection ends the waiting.</summary>
    /// <exception cref="PeerProgramException">It did not come in time, or the program has ended, or told of an error.</exception>
    public async Task<PeerEvent> WaitAsync(string kind, string? id = null, TimeSpan? patience = null, Func<PeerEvent, bool>? where = null)
    {
        var waiter = new Waiter(happened => happened.Kind == kind && (id is null || happened.Id == id) && (where is null || where(happened)), id);
        lock (_lock)
        {
            var at = _unread.FindIndex(waiter.IsEndedBy);
            if (at >= 0)
            {
                var happened = _unread[at];
                _unread.RemoveAt(at);
                return waiter.Fits(happened) ? happened : throw Failure($"told of an error while '{kind}' was awaited: {happened}");
            }
            if (_isOver) throw Failure($"has ended while '{kind}' was awaited");
            _waiting.Add(waiter);
        }
        try { return await waiter.Found.Task.WaitAsync(patience ?? s_patience / 2); }
        catch (TimeoutException)
        {
            waiter.IsGivenUp = true;
            throw Failure($"did not tell '{kind}' of {id ?? "itself"} in time");
        }
    }

    /// <summary>Asks and waits for the answer, an event of the given kind.</summary>
    public Task<PeerEvent> AskAsync(object command, string kind, string? id = null, TimeSpan? patience = null)
    {
        Tell(command);
        return WaitAsync(kind, id, patience);
    }

    /// <summary>Ends the program and what it started at once, as a crash does: nothing is said to anybody.</summary>
    public void Kill()
    {
        lock (_lock) _isOver = true;
        ProcessTree.Kill(_process.Id);
    }

    public async ValueTask DisposeAsync()
    {
        Tell(new { t = "exit" });
        lock (_lock) _isOver = true;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try { await _process.WaitForExitAsync(patience.Token); }
        catch (OperationCanceledException) { ProcessTree.Kill(_process.Id); }
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Remember(line);
            if (!line.StartsWith('{')) continue; // a stack's own chatter
            Hear(new PeerEvent(JsonSerializer.Deserialize<JsonElement>(line)));
        }
        lock (_lock)
        {
            _isOver = true;
            foreach (var waiter in _waiting) waiter.Found.TrySetException(Failure("has ended"));
        }
    }

    private void Hear(PeerEvent happened)
    {
        if (happened.Kind is "desc" or "cand" && SignalHappened is { } carry)
        {
            carry(happened);
            return;
        }
        lock (_lock)
        {
            _waiting.RemoveAll(waiter => waiter.Found.Task.IsCompleted || waiter.IsGivenUp);
            var ended = _waiting.FindAll(waiter => waiter.IsEndedBy(happened));
            if (ended.Count == 0) _unread.Add(happened);
            // An event is for one of them, an error for all.
            foreach (var waiter in happened.Kind == "error" ? ended : ended.Take(1))
            {
                _waiting.Remove(waiter);
                if (waiter.Fits(happened)) waiter.Found.TrySetResult(happened);
                else waiter.Found.TrySetException(Failure($"told of an error: {happened}"));
            }
        }
    }

    private void Remember(string? line)
    {
        if (line is null) return;
        lock (_lock)
        {
            _last.Enqueue(line);
            if (_last.Count > 20) _last.Dequeue();
        }
    }

    private PeerProgramException Failure(string what)
    {
        lock (_lock) return new($"{Name} {what}. Its last lines:\n{string.Join('\n', _last)}");
    }

    private sealed record Waiter(Func<PeerEvent, bool> Fits, string? Id)
    {
        public TaskCompletionSource<PeerEvent> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsGivenUp { get; set; }

        public bool IsEndedBy(PeerEvent happened) => Fits(happened) || (happened.Kind == "error" && (Id is null || happened.Id is null || happened.Id == Id));
    }
}

/// <summary>A peer program did not do what it was told.</summary>
public sealed class PeerProgramException(string message) : Exception(message);
