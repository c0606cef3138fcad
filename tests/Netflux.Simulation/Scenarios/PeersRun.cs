using System.Security.Cryptography;
using System.Text;
using Netflux.Messages;
using Netflux.Simulation.Measures;
using Netflux.TestKit;

namespace Netflux.Simulation.Scenarios;

/// <summary>
/// Plays a scenario that names a topology: whole peers in a world of the TestKit, from facades to links, with a signaling server, so that every overlay is played as its users have it. The contract of
/// DESIGN §7 is held against what they said and heard.
/// </summary>
internal sealed class PeersRun : IDisposable
{
    /// <summary>Between two attempts of one that came back to join again, and how many there are. Guess: a partition of a minute is outlasted.</summary>
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(3);

    private const int RetriesMax = 30;
    private const int CalmBroadcasts = 10;

    private readonly Scenario _scenario;
    private readonly NetfluxWorld _world;
    private readonly SeededRandom _random;
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _agenda = new();
    private readonly List<string> _violations = [];
    private readonly TestPeer[] _peers;
    private NetworkAddress _address = null!;
    private long _order, _said;

    private PeersRun(Scenario scenario, ulong seed)
    {
        (_scenario, _world, _random) = (scenario, new NetfluxWorld((int)seed), SeededRandom.For(seed, "scenario"));
        _peers = [.. Enumerable.Range(0, scenario.Nodes).Select(number => _world.Peer($"p{number}"))];
    }

    public static ScenarioResult Play(Scenario scenario, ulong seed)
    {
        using var run = new PeersRun(scenario, seed);
        run.Play();
        var delivered = run._peers.Sum(peer => (long)peer.Messages.Count);
        var missed = run._peers.Sum(peer => peer.Events.OfType<MessagesMissed>().Sum(missed => (long)(missed.Last - missed.First + 1)));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run._world.Trace)))[..16];
        return new ScenarioResult(scenario.Name, seed, run._violations, hash, new TrafficCounts { Broadcasts = run._said, Delivered = delivered, Missed = missed }, run._world.History.Count);
    }

    public void Dispose() => _world.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private void Play()
    {
        try
        {
            StartAll();
            PlaySteps();
            Advance(TimeSpan.FromSeconds(_scenario.QuietSeconds));
            for (var round = 0; round < CalmBroadcasts; round++)
            {
                Broadcast(Draw());
                Advance(TimeSpan.FromSeconds(1));
            }
            foreach (var peer in _peers.Where(peer => peer.IsRunning && peer.Networks.Count == 0)) _violations.Add($"JoinChecker: {peer} is in no network at the end.");
            _world.AssertPromises();
        }
        catch (NetfluxWorldException broken)
        {
            // Its first lines name the promises; the trace after them is had again by the seed.
            _violations.AddRange(broken.Message.Split('\n').Where(line => line.Contains("Checker: ", StringComparison.Ordinal)).DefaultIfEmpty($"World: {broken.Message.Split('\n')[0]}"));
        }
    }

    // ---- The agenda ----

    private void After(TimeSpan delay, Action action) => _agenda.Enqueue(action, (_world.Elapsed + delay, _order++));

    private void Advance(TimeSpan span)
    {
        var end = _world.Elapsed + span;
        while (_agenda.TryPeek(out var action, out var due) && due.At <= end)
        {
            _agenda.Dequeue();
            if (due.At > _world.Elapsed) _world.Advance(due.At - _world.Elapsed).GetAwaiter().GetResult();
            action();
        }
        if (end > _world.Elapsed) _world.Advance(end - _world.Elapsed).GetAwaiter().GetResult();
    }

    // ---- What happens ----

    private void StartAll()
    {
        var conditions = _scenario.Network;
        foreach (var (one, other) in Pairs())
        {
            _world.Link(one, other).Latency(conditions.LatencyMsMin, conditions.LatencyMsMax).Loss(conditions.Loss).Duplicate(conditions.Duplicate);
            if (conditions.LinkLifeMs > 0) ScheduleCut(one, other);
        }
        var json = _scenario.Topology!.Value.GetRawText();
        if (!Topology.TryParse(json, out var topology, out var why)) throw new InvalidDataException($"The topology of {_scenario.Name} is none: {why}");
        _address = _peers[0].CreateAsync(topology).Wait().Address!;
        for (var number = 1; number < _peers.Length; number++)
        {
            var peer = _peers[number];
            After(TimeSpan.FromMilliseconds(number * _scenario.JoinEveryMs), () => Join(peer, RetriesMax));
        }
        Advance(TimeSpan.FromMilliseconds(_peers.Length * _scenario.JoinEveryMs) + TimeSpan.FromSeconds(_scenario.SettleSeconds));
    }

    private void Join(TestPeer peer, int retries)
    {
        if (!peer.IsRunning || peer.Networks.Count > 0) return;
        var run = peer.Runs;
        peer.JoinAsync(_address).Task.ContinueWith(task =>
        {
            if (task.IsCompletedSuccessfully || peer.Runs != run) return;
            if (retries > 0 && task.Exception?.InnerException is NetfluxException { CanRetry: true }) After(s_retry, () => Join(peer, retries - 1));
            else _violations.Add($"JoinChecker: {peer} cannot join: {task.Exception?.InnerException?.Message}");
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void ScheduleCut(TestPeer one, TestPeer other) => After(TimeSpan.FromMilliseconds(-Math.Log(1 - _random.NextDouble()) * _scenario.Network.LinkLifeMs), () =>
    {
        _world.Link(one, other).Cut(midFrame: _random.Chance(0.5));
        ScheduleCut(one, other);
    });

    private void PlaySteps()
    {
        var (begin, end) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var step in _scenario.Steps)
        {
            begin += TimeSpan.FromSeconds(step.AfterSeconds);
            After(begin, () => Begin(step));
            if (begin + step.Lasts > end) end = begin + step.Lasts;
        }
        Advance(end);
    }

    private void Begin(ScenarioStep step)
    {
        switch (step.Do)
        {
            case ScenarioAction.Broadcast:
                var one = Draw();
                Repeat(step, () =>
                {
                    if (step.From == Sender.All) Members().ForEach(Broadcast);
                    else Broadcast(step.From == Sender.One ? one : Draw());
                });
                break;
            case ScenarioAction.Crash: foreach (var peer in Draw(step.Share)) Crash(peer, step); break;
            case ScenarioAction.Churn: Repeat(step, () => { if (Members().Count > _peers.Length / 3) Crash(Draw(), step); }); break;
            case ScenarioAction.Leave: foreach (var peer in Draw(step.Share)) _ = peer.LeaveAsync(); break;
            case ScenarioAction.Partition: Partition(step); break;
        }
    }

    private void Repeat(ScenarioStep step, Action action)
    {
        for (var round = 0; round < step.Count; round++) After(TimeSpan.FromMilliseconds(round * step.EveryMs), action);
    }

    private void Broadcast(TestPeer? peer)
    {
        if (peer is not { IsRunning: true, Networks.Count: 1 }) return;
        peer.BroadcastNumbered(1);
        _said++;
    }

    private void Crash(TestPeer? peer, ScenarioStep step)
    {
        if (peer is not { IsRunning: true }) return;
        peer.Crash(reset: _scenario.Network.SilenceMs == 0);
        if (step.RestartMs <= 0) return;
        After(TimeSpan.FromMilliseconds(step.RestartMs), () =>
        {
            peer.Restart();
            Join(peer, RetriesMax);
        });
    }

    private void Partition(ScenarioStep step)
    {
        var part = Draw(step.Share).ToHashSet();
        var across = Pairs().Where(pair => part.Contains(pair.One) != part.Contains(pair.Other)).ToList();
        foreach (var (one, other) in across)
        {
            if (step.OneWay) _world.Link(one, other).BlackHole(part.Contains(one) ? one : other);
            else _world.Link(one, other).BlackHole();
        }
        After(TimeSpan.FromSeconds(step.Seconds), () => { foreach (var (one, other) in across) _world.Link(one, other).Heal(); });
    }

    // ---- Who ----

    private List<TestPeer> Members() => [.. _peers.Where(peer => peer.IsRunning && peer.Networks.Count == 1)];

    private TestPeer? Draw() => Members() is { Count: > 0 } members ? members[_random.Next(members.Count)] : null;

    private List<TestPeer> Draw(double share)
    {
        var members = Members();
        var count = (int)Math.Round(members.Count * share);
        for (var i = 0; i < count; i++)
        {
            var other = i + _random.Next(members.Count - i);
            (members[i], members[other]) = (members[other], members[i]);
        }
        return members[..count];
    }

    private IEnumerable<(TestPeer One, TestPeer Other)> Pairs()
    {
        for (var one = 0; one < _peers.Length; one++)
            for (var other = one + 1; other < _peers.Length; other++) yield return (_peers[one], _peers[other]);
    }
}
