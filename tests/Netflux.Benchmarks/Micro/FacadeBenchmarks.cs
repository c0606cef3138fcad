using Akka.Actor;
using BenchmarkDotNet.Attributes;
using Netflux.Messages;

namespace Netflux.Benchmarks.Micro;

/// <summary>What the facade adds to an Ask. The goal: at most twice a plain one.</summary>
[Config(typeof(InProcess)), MemoryDiagnoser]
public class FacadeBenchmarks : IDisposable
{
    private NetfluxProcess _process = null!;
    private IActorRef _echo = null!;

    /// <summary>One system for both.</summary>
    [GlobalSetup]
    public void Start()
    {
        _process = new NetfluxProcess("facade", listens: false);
        _echo = _process.System.ActorOf(Props.Create(() => new Echo()));
    }

    /// <summary>Ends it.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _process.DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    /// <summary>An actor that answers with a ready object.</summary>
    [Benchmark(Baseline = true)]
    public Task<PeerIdentified> PlainAsk() => _echo.Ask<PeerIdentified>("who");

    /// <summary>The same question to the facade.</summary>
    [Benchmark]
    public Task<PeerIdentified> GetPeerId() => _process.Facade.Ask<PeerIdentified>(new GetPeerId());

    private sealed class Echo : UntypedActor
    {
        private readonly PeerIdentified _answer = new(default);

        protected override void OnReceive(object message) => Sender.Tell(_answer);
    }
}
