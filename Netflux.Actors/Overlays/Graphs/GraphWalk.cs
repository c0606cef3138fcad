using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Overlays.Graphs;

/// <summary>
/// Finds out who has links with whom, whatever the topology: asks the neighbours for theirs, then those that they name, along the path by which they were found, nearest first. And answers
/// others, and passes on what is not for us between two neighbours.
/// </summary>
internal sealed class GraphWalk(PeerId self, Func<IReadOnlyList<GraphLink>> ownLinks, GraphOptions options) : IProtocolCore<GraphFact, GraphInstruction>
{
    /// <summary>A member that was found, and the path to it.</summary>
    private sealed class Found(PeerId[] path)
    {
        public PeerId[] Path { get; set; } = path;
        public IReadOnlyList<GraphLink>? Links { get; set; }
        /// <summary>Until when its answer is waited for; null while it is not. One that comes later counts, too, as long as it was not asked by another way.</summary>
        public Instant? OpenUntil { get; set; }
        public bool IsAskedAgain { get; set; }
    }

    private readonly Queue<GraphInstruction> _outbox = new();
    private readonly SortedDictionary<PeerId, Found> _found = [];
    private readonly Queue<Found> _unasked = new();
    private readonly SortedDictionary<PeerId, TokenBucket> _neighbours = [];
    private Instant? _endsAt;      // null while nobody wants to know
    private uint _number;

    public Instant? NextDeadline
    {
        get
        {
            if (_endsAt is not { } next) return null;
            foreach (var found in _found.Values)
                if (found.OpenUntil < next) next = found.OpenUntil.Value;
            return next;
        }
    }

    public bool TryTake([NotNullWhen(true)] out GraphInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(GraphFact fact, Instant now)
    {
        switch (fact)
        {
            case GraphWanted when _endsAt is null: Begin(now); break;
            case GraphWanted: break;
            case GraphFrameReceived received when GraphFrame.TryParse(received.Body.Span, out var frame): OnFrame(received.From, frame, now); break;
        }
    }

    public void HandleDeadline(Instant now)
    {
        if (_endsAt is null) return;
        foreach (var found in _found.Values)
            if (found.OpenUntil <= now) GiveUp(found);
        if (_endsAt <= now) End();
        else AskOn(now);
    }

    // ---- Asking ----

    private void Begin(Instant now)
    {
        (_endsAt, _number) = (now + options.WalkTime, _number + 1);
        _found[self] = new Found([self]) { Links = ownLinks() };
        Meet(_found[self]);
        AskOn(now);
    }

    /// <summary>Those that a member has links with, and that nobody named before.</summary>
    private void Meet(Found member)
    {
        foreach (var link in member.Links!)
        {
            if (_found.Count >= options.MembersMax || _found.ContainsKey(link.To)) continue;
            var found = _found[link.To] = new Found([.. member.Path, link.To]);
            if (found.Path.Length <= GraphFrame.PathMax) _unasked.Enqueue(found);
        }
    }

    private void AskOn(Instant now)
    {
        var open = _found.Values.Count(found => found.OpenUntil is not null);
        while (open < options.OpenMax && _unasked.TryDequeue(out var next))
        {
            if (next.Links is not null) continue;      // the answer came late
            next.OpenUntil = now + options.AnswerTime;
            Send(next.Path[1], new GraphFrame(next.Path, 1, _number, null));
            open++;
        }
        if (open == 0) End();
    }

    /// <summary>Whoever does not answer in time is asked once more, by another way if there is one: a link that it was asked by may just have gone, as those of a joiner do that sought the hub.</summary>
    private void GiveUp(Found found)
    {
        found.OpenUntil = null;
        if (found.IsAskedAgain) return;
        found.IsAskedAgain = true;
        var (id, before) = (found.Path[^1], found.Path[^2]);
        var other = _found.Values.Where(member => member.Path[^1] != before && member.Path.Length < GraphFrame.PathMax && !member.Path.Contains(id) && member.Links?.Any(link => link.To == id) == true).MinBy(member => member.Path.Length);
        if (other is not null) found.Path = [.. other.Path, id];
        _unasked.Enqueue(found);
    }

    private void End()
    {
        _endsAt = null;
        _outbox.Enqueue(new GraphFound([.. _found.Select(found => (found.Key, found.Value.Links))]));
        _found.Clear();
        _unasked.Clear();
    }

    // ---- What neighbours say ----

    private void OnFrame(PeerId from, in GraphFrame frame, Instant now)
    {
        var (path, place) = (frame.Path, frame.Place);
        var isQuestion = frame.Links is null;
        // Who sent it is our neighbour on the path; the end of a session proved that it is it.
        var before = isQuestion ? place - 1 : place + 1;
        if (path[place] != self || before < 0 || before >= path.Count || path[before] != from) return;
        if (!isQuestion && place == 0) OnAnswer(frame, now);
        else if (!BucketOf(from).TryTake(now)) return;
        else if (isQuestion && place == path.Count - 1) Send(from, frame with { Place = place - 1, Links = ownLinks() });
        else PassOn(frame, isQuestion ? place + 1 : place - 1);
    }

    private void PassOn(in GraphFrame frame, int place)
    {
        var next = frame.Path[place];
        if (ownLinks().Any(link => link.To == next)) Send(next, frame with { Place = place });
    }

    private void OnAnswer(in GraphFrame frame, Instant now)
    {
        if (_endsAt is null || frame.Number != _number || !_found.TryGetValue(frame.Path[^1], out var found) || found.Links is not null || !found.Path.SequenceEqual(frame.Path)) return;
        (found.Links, found.OpenUntil) = (frame.Links, null);
        Meet(found);
        AskOn(now);
    }

    /// <summary>What a neighbour may still have us do. Those of neighbours that went are forgotten.</summary>
    private TokenBucket BucketOf(PeerId neighbour)
    {
        if (_neighbours.TryGetValue(neighbour, out var known)) return known;
        var still = ownLinks().Select(link => link.To).ToHashSet();
        foreach (var gone in _neighbours.Keys.Where(id => !still.Contains(id)).ToList()) _neighbours.Remove(gone);
        return _neighbours[neighbour] = new TokenBucket(options.NeighbourBurst, options.NeighbourPerSecond);
    }

    private void Send(PeerId to, in GraphFrame frame) => _outbox.Enqueue(new SendGraphFrame(to, frame.ToBytes()));
}
