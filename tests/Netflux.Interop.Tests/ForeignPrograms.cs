using Netflux.TestTools.Peers;

namespace Netflux.Interop;

/// <summary>One running program of each stack that tests have asked for, shared by all of them: a browser takes seconds to start.</summary>
public sealed class ForeignPrograms : IAsyncLifetime
{
    private readonly Dictionary<string, PeerProgram> _programs = [];
    private int _connections;

    /// <summary>Tests run one after the other, so this is not called twice at once.</summary>
    public async Task<PeerProgram> GetAsync(string stack)
    {
        if (_programs.TryGetValue(stack, out var running) && running.IsRunning) return running;
        if (running is not null) await running.DisposeAsync();
        return _programs[stack] = await PeerProgram.StartAsync(PeerStack.All.Single(known => known.Name == stack));
    }

    public string NewId() => FormattableString.Invariant($"connection-{Interlocked.Increment(ref _connections)}");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var program in _programs.Values) await program.DisposeAsync();
    }
}

/// <summary>All tests of this project run one after the other, with the same programs.</summary>
[CollectionDefinition(Name)]
public sealed class InteropTests : ICollectionFixture<ForeignPrograms>
{
    public const string Name = "interop";
}
