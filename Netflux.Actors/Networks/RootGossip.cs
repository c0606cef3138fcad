using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Networks;

/// <summary>
/// Watches the tracking server of a network together with the other members: each tells its neighbours the highest root that it knows, when they come and when it learns a higher one, so that all
/// have it, whatever the topology. A server that shows different members different things is found out where two of them meet, and who finds out passes on by what.
/// </summary>
internal sealed class RootGossip(NetworkId network, RootOptions options) : IProtocolCore<RootFact, RootInstruction>
{
    private sealed class Neighbour(RootOptions options)
    {
        public Instant? NextAt { get; set; }
        /// <summary>The highest that it told.</summary>
        public TrackerRoot? Has { get; set; }
        /// <summary>The last that it was told.</summary>
        public TrackerRoot? Said { get; set; }
        /// <summary>How much of the evidence it was told.</summary>
        public int Evidence { get; set; }
        public TokenBucket Bucket { get; } = new(options.NeighbourBurst, options.NeighbourPerSecond);
    }

    private readonly RootHistory _history = new(network, options);
    private readonly SortedDictionary<PeerId, Neighbour> _neighbours = [];
    private readonly List<TrackerRoot> _evidence = []; // roots that contradict others; as many as contradictions are told, twice at most
    private readonly Queue<RootInstruction> _outbox = new();

    /// <summary>That with the highest epoch; null before one was shown or vouched for.</summary>
    public TrackerRoot? Highest => _history.Highest;

    public Instant? NextDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var neighbour in _neighbours.Values)
                if (NextFor(neighbour) is not null) next = Instant.Earlier(next, neighbour.NextAt);
            return next;
        }
    }

    public bool TryTake([NotNullWhen(true)] out RootInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(RootFact fact, Instant now)
    {
        switch (fact)
        {
            case RootWasShown f: Announce(_history.HandleShown(f.Shown, now)); break;
            case RootWasVouched f: Announce(_history.HandleVouched(f.Root)); break;
            case ListWasWrong f: Announce(_history.HandleWrongList(f.Root)); break;
            case RootFrameReceived f: OnFrame(f.From, f.Body, now); break;
            case RootNeighbourUp f: _neighbours.TryAdd(f.Member, new Neighbour(options)); break;
            case RootNeighbourGone f: _neighbours.Remove(f.Member); break;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, null);
        }
        Tell(now);
    }

    public void HandleDeadline(Instant now) => Tell(now);

    private void OnFrame(PeerId from, ReadOnlyMemory<byte> body, Instant now)
    {
        // Before the server has shown one here it is not known whose word counts: the neighbour tells the next, and is told ours.
        if (!_neighbours.TryGetValue(from, out var neighbour) || _history.Highest is not { } highest || body.Length > IdentityOptions.TrackerRootBytesMax) return;
        if (body.Span.SequenceEqual(highest.Record.Span)) neighbour.Has = highest;
        else if (neighbour.Bucket.TryTake(now) && TrackerRoot.TryParse(body, out var root) && root.Tracker == highest.Tracker && root.Network == network)
        {
            if (neighbour.Has is not { } has || root.Epoch >= has.Epoch) neighbour.Has = root;
            Announce(_history.HandleTold(root, now));
        }
    }

    private void Tell(Instant now)
    {
        foreach (var (id, neighbour) in _neighbours)
        {
            if (neighbour.NextAt > now || NextFor(neighbour) is not { } root) continue;
            if (IsNewTo(neighbour)) neighbour.Said = root;
            else neighbour.Evidence++;
            neighbour.NextAt = now + options.TellInterval;
            _outbox.Enqueue(new SendRoot(id, root));
        }
    }

    private TrackerRoot? NextFor(Neighbour neighbour)
    {
        if (IsNewTo(neighbour)) return _history.Highest;
        while (neighbour.Evidence < _evidence.Count && neighbour.Has?.Agrees(_evidence[neighbour.Evidence]) == true) neighbour.Evidence++;
        return neighbour.Evidence < _evidence.Count ? _evidence[neighbour.Evidence] : null;
    }

    /// <summary>One that has another of the same epoch is told ours, once: then both know.</summary>
    private bool IsNewTo(Neighbour neighbour) =>
        _history.Highest is { } highest && neighbour.Said?.Agrees(highest) != true && (neighbour.Has is not { } has || has.Epoch < highest.Epoch || (has.Epoch == highest.Epoch && !has.Agrees(highest)));

    private void Announce(IEnumerable<AnnounceContradiction> contradictions)
    {
        foreach (var contradiction in contradictions)
        {
            _outbox.Enqueue(contradiction);
            // Others can see these for themselves; that an epoch is too low, or a list is wrong, only who was shown it.
            if (contradiction.How is TrackerContradiction.TwoRoots or TrackerContradiction.BrokenChain) _evidence.AddRange(new[] { contradiction.First, contradiction.Second! }.Where(IsEvidence));
        }
    }

    private bool IsEvidence(TrackerRoot root) => _history.Highest?.Agrees(root) != true && !_evidence.Exists(known => known.Agrees(root));
}
