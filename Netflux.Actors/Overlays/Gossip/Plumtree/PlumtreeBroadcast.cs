using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>Who gets this message: Plumtree (Leitão, Pereira and Rodrigues, SRDS 2007), a tree that is found by its own duplicates and mended by the names of messages.</summary>
internal sealed class PlumtreeBroadcast : IProtocolCore<PlumtreeFact, PlumtreeInstruction>
{
    private readonly PeerId _self;
    private readonly Incarnation _incarnation;
    private readonly PlumtreeOptions _options;
    private readonly Queue<PlumtreeInstruction> _outbox = new();
    private readonly TreeLinks _links;
    private readonly TreeShaper _shaper;
    private readonly MissingMessages _missing;
    private readonly MessageCache _cache;
    private readonly AuthorStreams _streams;
    private readonly Summaries _summaries;
    private ulong _sequence;

    public PlumtreeBroadcast(PeerId self, Incarnation incarnation, PlumtreeOptions options)
    {
        (_self, _incarnation, _options) = (self, incarnation, options);
        _links = new TreeLinks(options, _outbox);
        _missing = new MissingMessages(options);
        _cache = new MessageCache(options);
        _shaper = new TreeShaper(options);
        _streams = new AuthorStreams(options, _outbox);
        _summaries = new Summaries(options, _streams, _cache, _links, _missing, _outbox);
    }

    public IReadOnlyList<TreeLink> Links => _links.All;

    /// <summary>A neighbour has said where the authors are: of what they say from there on, nothing is missed untold.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>What is remembered: for those who watch its limits.</summary>
    public PlumtreeLoad Load => new(_streams.Count, _cache.Count, _missing.Count, _streams.HeldBytes);

    public Instant? NextDeadline => Instant.Earlier(Instant.Earlier(_links.NextDeadline, _missing.NextDeadline), Instant.Earlier(_streams.NextDeadline, _summaries.NextDeadline));

    public bool TryTake([NotNullWhen(true)] out PlumtreeInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(PlumtreeFact fact, Instant now)
    {
        switch (fact)
        {
            case TreeNeighborUp up: HandleUp(up.Neighbor, now); break;
            case TreeNeighborDown down: _links.Remove(down.Neighbor); break;
            case TreeNeighborCongested congested when _links.Find(congested.Neighbor) is { } link: link.IsCongested = true; break;
            case TreeNeighborRelieved relieved when _links.Find(relieved.Neighbor) is { } link: link.IsCongested = false; break;
            case BroadcastRequested requested: HandleBroadcast(requested.Payload, now); break;
            case FarewellRequested farewell: HandleFarewell(farewell.Payload, now); break;
            case TreeMessageReceived received when _links.Find(received.From) is { } link: OnMessage(link, received.Message, now); break;
        }
    }

    /// <summary>The number and the floor of the broadcast that is requested next, for its author to sign.</summary>
    public (MessageId Id, ulong Floor) Next(Instant now)
    {
        Evict(now);
        var id = new MessageId(_self, _incarnation, _sequence + 1);
        return (id, _streams.Find(_self)?.FirstCached ?? id.Sequence);
    }

    /// <summary>It came before, or what was sent after it was delivered without it.</summary>
    public bool Has(MessageId id) => _streams.FindProven(id.Author) is { } stream && stream.Incarnation == id.Incarnation && stream.Has(id.Sequence);

    public void HandleDeadline(Instant now)
    {
        Evict(now);
        _links.HandleDeadline(now);
        _streams.HandleDeadline(now);
        _summaries.HandleDeadline(now);
        SendGrafts(now);
    }

    private void HandleUp(PeerId neighbor, Instant now)
    {
        _links.Add(neighbor);
        _summaries.Send(neighbor, answerWanted: false, now);
    }

    private void HandleBroadcast(ReadOnlyMemory<byte> payload, Instant now)
    {
        var stream = _streams.Find(_self) ?? _streams.Begin(_self, _incarnation, _sequence + 1, now);
        var (id, floor) = Next(now);
        _sequence = id.Sequence;
        var message = new CachedMessage(id, floor, 0, null, payload, now);
        stream?.SkipTo(_sequence + 1);
        Remember(message, stream, now);
        _links.Push(message, now);
    }

    private void HandleFarewell(ReadOnlyMemory<byte> payload, Instant now)
    {
        foreach (var link in _links.All)
        {
            link.IsEager = true;
            foreach (var (id, round) in link.Lazy)
            {
                if (_cache.TryGet(id, out var message)) _outbox.Enqueue(new SendTreeMessage(link.Id, new PlumtreeMessage.Gossip(id, message.Floor, round, message.Payload)));
            }
            link.Lazy.Clear();
        }
        HandleBroadcast(payload, now);
    }

    private void Remember(CachedMessage message, AuthorStream? stream, Instant now)
    {
        _cache.Add(message);
        _shaper.HandleSpoke(message.Id.Author, now);
        if (stream is not null) _streams.Touch(stream, now);
        _summaries.HandleCached(now);
        Evict(now);
    }

    private void Evict(Instant now)
    {
        while (_cache.TryEvict(now, out var id))
        {
            if (_streams.Find(id.Author) is { } stream && stream.Incarnation == id.Incarnation && stream.FirstCached <= id.Sequence) stream.FirstCached = id.Sequence + 1;
        }
    }

    private void OnMessage(TreeLink link, PlumtreeMessage message, Instant now)
    {
        switch (message)
        {
            case PlumtreeMessage.Gossip gossip: OnGossip(link, gossip, now); break;
            case PlumtreeMessage.IHave have: OnIHave(link, have.Announcements, now); break;
            case PlumtreeMessage.Graft graft: OnGraft(link, graft.Wanted, now); break;
            case PlumtreeMessage.Prune: link.IsEager = false; break;
            case PlumtreeMessage.Summary summary: OnSummary(link, summary, now); break;
        }
    }

    private void OnGossip(TreeLink link, PlumtreeMessage.Gossip gossip, Instant now)
    {
        var id = gossip.Id;
        HasBegun = true;
        if (!id.IsValid) return;
        if (id.Author == _self)
        {
            OnDuplicate(link, id); // our own came back: the link closes a cycle
            return;
        }
        _missing.TryTake(id, out var announced);
        if (_streams.For(id, gossip.Floor, now) is not { } stream) return;
        if (stream.Has(id.Sequence))
        {
            OnDuplicate(link, id);
            return;
        }
        var message = new CachedMessage(id, gossip.Floor, Math.Clamp(gossip.Round, 0, _options.RoundMax), link.Id, gossip.Payload, now);
        Remember(message, stream, now);
        MissUpTo(stream, id, link.Id, now);
        _streams.Take(stream, message, now);
        _links.Push(message, now);
        if (!_shaper.Is(id.Author)) return;
        link.IsEager = true;
        if (announced is not null) Optimize(link, message.Round, announced.Announcers);
    }

    /// <summary>Paper, algorithm 1: a second copy shows that the link is not of the tree. The same copy twice shows nothing.</summary>
    private void OnDuplicate(TreeLink link, MessageId id)
    {
        if (!_shaper.Is(id.Author) || (_cache.TryGet(id, out var first) && first.From == link.Id)) return;
        link.IsEager = false;
        _outbox.Enqueue(new SendTreeMessage(link.Id, new PlumtreeMessage.Prune()));
    }

    /// <summary>What an author sent before this message exists, announced or not; who sent this message is likely to get it.</summary>
    private void MissUpTo(AuthorStream stream, MessageId id, PeerId from, Instant now)
    {
        var first = Math.Max(stream.Highest + 1, id.Sequence < _options.Window ? 1 : id.Sequence - _options.Window + 1);
        for (var sequence = first; sequence < id.Sequence; sequence++) _missing.Add(id with { Sequence = sequence }, from, 0, now);
    }

    private void OnIHave(TreeLink link, IReadOnlyList<Announcement> announcements, Instant now)
    {
        HasBegun = true;
        foreach (var (id, round) in announcements.Take(_options.AnnouncementsMax))
        {
            if (id.Author == _self || !id.IsValid) continue;
            if (_streams.FindProven(id.Author) is { } stream && stream.Incarnation >= id.Incarnation)
            {
                if (stream.Incarnation > id.Incarnation) continue;
                if (stream.Has(id.Sequence))
                {
                    if (_shaper.Is(id.Author) && _cache.TryGet(id, out var message) && message.From is { } parent && _links.Find(parent) is { } eager) Optimize(eager, message.Round, [(link.Id, Math.Clamp(round, 0, _options.RoundMax))]);
                    continue;
                }
                if (id.Sequence - stream.Next >= _options.Window) continue;
            }
            _missing.Add(id, link.Id, Math.Clamp(round, 0, _options.RoundMax), now);
        }
    }

    /// <summary>Paper §3.8: where a lazy link would have brought the message in far fewer hops, it takes the eager one's place.</summary>
    private void Optimize(TreeLink eager, int round, IReadOnlyList<(PeerId From, int Round)> announcers)
    {
        if (!eager.IsEager) return;
        foreach (var (from, shorter) in announcers)
        {
            // Gaps and summaries tell of no round.
            if (shorter == 0 || round - shorter < _options.OptimizationThreshold || from == eager.Id || _links.Find(from) is not { IsEager: false } better) continue;
            better.IsEager = true;
            eager.IsEager = false;
            _outbox.Enqueue(new SendTreeMessage(better.Id, new PlumtreeMessage.Graft([])));
            _outbox.Enqueue(new SendTreeMessage(eager.Id, new PlumtreeMessage.Prune()));
            return;
        }
    }

    private void OnGraft(TreeLink link, IReadOnlyList<MessageId> wanted, Instant now)
    {
        link.IsEager = true;
        if (link.IsCongested) return;
        foreach (var id in wanted.Take(_options.AnnouncementsMax))
        {
            if (_cache.TryGet(id, out var message) && link.Grafts.TryTake(now)) _outbox.Enqueue(new SendTreeMessage(link.Id, new PlumtreeMessage.Gossip(id, message.Floor, message.Round + 1, message.Payload)));
        }
    }

    private void OnSummary(TreeLink link, PlumtreeMessage.Summary summary, Instant now)
    {
        if (!HasBegun) _summaries.Begin(_self, summary.Authors, now);
        HasBegun = true;
        _summaries.Compare(_self, link.Id, summary.Authors, now);
        if (summary.AnswerWanted) _summaries.Answer(link, summary.Authors, now);
    }

    private void SendGrafts(Instant now)
    {
        if (_missing.NextDeadline is not { } due || due > now) return;
        List<(TreeLink Link, List<MessageId> Wanted)> grafts = [];
        while (_missing.TryTakeDue(now, out var missing))
        {
            if (IsPast(missing.Id)) _missing.TryTake(missing.Id, out _);
            else if (NextToAsk(missing) is { } link) Want(link, missing.Id);
        }
        foreach (var (link, wanted) in grafts)
        {
            link.IsEager = true;
            foreach (var piece in wanted.Chunk(_options.AnnouncementsMax)) _outbox.Enqueue(new SendTreeMessage(link.Id, new PlumtreeMessage.Graft(piece)));
        }

        void Want(TreeLink link, MessageId id)
        {
            var at = grafts.FindIndex(graft => graft.Link == link);
            if (at < 0)
            {
                at = grafts.Count;
                grafts.Add((link, []));
            }
            grafts[at].Wanted.Add(id);
        }
    }

    /// <summary>It was given up, or its author's run is over.</summary>
    private bool IsPast(MessageId id) =>
        _streams.FindProven(id.Author) is { } stream && (stream.Incarnation > id.Incarnation || (stream.Incarnation == id.Incarnation && stream.Has(id.Sequence)));

    /// <summary>Those that have it are asked in turn, as long as they are neighbours.</summary>
    private TreeLink? NextToAsk(MissingMessage missing)
    {
        missing.Announcers.RemoveAll(announcer => _links.Find(announcer.From) is null);
        return missing.Announcers.Count == 0 ? null : _links.Find(missing.Announcers[missing.Asked++ % missing.Announcers.Count].From);
    }
}
