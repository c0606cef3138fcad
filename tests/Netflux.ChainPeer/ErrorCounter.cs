using Microsoft.Extensions.Logging;

namespace Netflux.ChainPeer;

/// <summary>Counts what is logged as an error, and keeps the first. For the hunt after a bug, CHAIN_PEER_LOG names a folder for the whole log of each process.</summary>
internal sealed class ErrorCounter : ILoggerProvider, ILogger
{
    private readonly Lock _gate = new();
    private readonly TextWriter? _all = Environment.GetEnvironmentVariable("CHAIN_PEER_LOG") is { Length: > 0 } folder ? File.CreateText(Path.Combine(folder, $"{Environment.ProcessId}.log")) : null;
    private int _count;
    private string? _first;

    public (int Count, string? First) Seen
    {
        get { lock (_gate) return (_count, _first); }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (_all is null ? LogLevel.Error : LogLevel.Debug);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        lock (_gate)
        {
            if (_all is not null)
            {
                _all.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {formatter(state, exception)} {exception}");
                _all.Flush();
            }
            if (logLevel < LogLevel.Error) return;
            _count++;
            _first ??= $"{formatter(state, exception)} {exception}";
        }
    }

    public void Dispose() => _all?.Dispose();
}
