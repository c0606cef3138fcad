using BenchmarkDotNet.Attributes;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;

namespace Netflux.Benchmarks.Micro;

/// <summary>What the data path costs in a network's two cores, per message: from a sender with a window to the hand-over, and from a member to a subscriber.</summary>
[Config(typeof(InProcess)), MemoryDiagnoser]
public class NetworkCoreBenchmarks
{
    private const int Batch = 64;
    private readonly SendQueue _queue = new(SendQueueOptions.Default, 64 << 20, SlowMemberPolicy.Drop, TimeSpan.FromSeconds(5));
    private readonly Subscriptions<object, string> _subscriptions = new(SubscriptionsOptions.Default);
    private readonly List<PeerId> _members = [];
    private readonly object _sender = new();
    private readonly byte[] _payload = new byte[100];
    private ulong _consumed;
    private long _told;

    /// <summary>Members that a broadcast goes to.</summary>
    [Params(1, 49)]
    public int Members { get; set; }

    /// <summary>A network with a sender and a subscriber.</summary>
    [GlobalSetup]
    public void Open()
    {
        for (byte i = 1; i <= Members; i++)
        {
            var id = PeerId.FromBytes([i, .. new byte[PeerId.Length - 1]]);
            _members.Add(id);
            _queue.OpenMember(id, 1 << 20, Instant.Zero);
            _subscriptions.OpenMember(id, "member");
        }
        _queue.OpenWindow(_sender, Instant.Zero);
        _subscriptions.TrySubscribe(_sender, 1024, Instant.Zero);
    }

    /// <summary>Accepted, handed over, consumed.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void Broadcast()
    {
        for (var i = 0; i < Batch; i++)
        {
            _queue.Submit(new Submission(_sender, default, null, _payload, false), Instant.Zero);
            while (_queue.TryTakeHandOver(out _)) { }
        }
        _consumed += Batch;
        foreach (var member in _members) _queue.HandleCredit(member, _consumed, (long)_consumed * 164, Instant.Zero);
        while (_queue.TryTake(out _)) { }
    }

    /// <summary>Received, told, confirmed.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void Receive()
    {
        for (var i = 0; i < Batch; i++)
        {
            _subscriptions.HandleMessage(_members[i % _members.Count], _payload, Delivery.Broadcast, Instant.Zero);
            while (_subscriptions.TryTakeTelling(out _)) { }
        }
        _told += Batch;
        _subscriptions.HandleConsumed(_sender, _told, Instant.Zero);
        while (_subscriptions.TryTake(out _)) { }
    }
}
