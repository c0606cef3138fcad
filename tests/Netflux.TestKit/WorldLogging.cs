using Microsoft.Extensions.Logging;

namespace Netflux.TestKit;

/// <summary>Takes the logs of all peers and servers: errors are kept, as the contract knows none; the rest goes into the trace where it is wanted.</summary>
internal sealed class WorldLogging(Action<string> trace, bool everything) : ILoggerFactory
{
    public List<string> Errors { get; private init; } = [];

    /// <summary>The logs of one host, whose name goes before its lines.</summary>
    public WorldLogging Of(string name) => new(line => trace($"{name} {line}"), everything) { Errors = Errors };

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void AddProvider(ILoggerProvider provider) { }

    public void Dispose() { }

    private sealed class Logger(WorldLogging owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => owner.Everything || logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var line = $"{logLevel} {category}: {formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}";
            if (logLevel >= LogLevel.Error) owner.Errors.Add(line);
            owner.Trace(line);
        }
    }

    private bool Everything => everything;

    private void Trace(string line) => trace(line);
}
