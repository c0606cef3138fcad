using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Overlays.Gossip.Roster;
using Netflux.Wire;

namespace Netflux.Overlays.Gossip;

/// <summary>Broadcasts with their proof: signed by their author, verified before they reach the tree, and passed on as they came. A stranger's wait for its record.</summary>
internal sealed class GossipBroadcasts(IPeerKeys keys, Genesis genesis, Incarnation run, GossipOptions options, GossipRoster roster, RosterExchange exchange, GossipRoutes routes, Queue<OverlayInstruction> outbox)
{
    /// <summary>A broadcast whose author's record was asked for.</summary>
    private sealed record Stranger(MessageId Id, PeerId From, ReadOnlyMemory<byte> Body, Instant Until);

    private readonly PlumtreeBroadcast _tree = new(keys.Id, run, options.Tree);
    private readonly List<Stranger> _strangers = [];
    private long _strangersBytes;
    private readonly BroadcastWriter _writer = new();

    /// <summary>Admissions are held against it.</summary>
    public DateTimeOffset WallClock { get; set; }

    public Instant? NextDeadline => _tree.NextDeadline;

    public IReadOnlyList<TreeLink> Links => _tree.Links;

    /// <inheritdoc cref="PlumtreeBroadcast.HasBegun" />
    public bool HasBegun => _tree.HasBegun;

    // ---- Our own ----

    public BroadcastPlace LastPublished { get; private set; } = new(run, 0);

    public void Publish(RosterNews news, Instant now)
    {
        var content = news.ToBytes();
        var batch = BroadcastBatch.Allocate(BatchKind.News, content.Length);
        content.CopyTo(batch, BroadcastBatch.Overhead);
        Sign(batch, now);
        Handle(news is RosterNews.Bye ? new FarewellRequested(batch) : new BroadcastRequested(batch), now);
    }

    /// <summary>Messages of users, in a buffer with room for the signature.</summary>
    public void Publish(byte[] batch, Instant now)
    {
        outbox.Enqueue(new BatchPublished(Sign(batch, now)));
        Handle(new BroadcastRequested(batch), now);
    }

    private ulong Sign(byte[] batch, Instant now)
    {
        var (id, floor) = _tree.Next(now);
        BroadcastBatch.Sign(batch, keys, genesis.Network, new GossipHeader(id.Author, id.Incarnation, id.Sequence, floor, 0));
        LastPublished = new BroadcastPlace(run, id.Sequence);
        roster.HandleSpoke(now);
        return id.Sequence;
    }

    // ---- Facts ----

    public void Handle(PlumtreeFact fact, Instant now)
    {
        _tree.Handle(fact, now);
        CarryOut(now);
    }

    public void HandleDeadline(Instant now)
    {
        if (_tree.NextDeadline is not { } due || due > now) return;
        _tree.HandleDeadline(now);
        CarryOut(now);
    }

    /// <summary>A broadcast that a neighbour passed on: header, signature, kind, content.</summary>
    public void OnBroadcast(PeerId from, ReadOnlyMemory<byte> body, Instant now)
    {
        if (!GossipHeader.TryParse(body.Span, out var header)) return;
        var id = new MessageId(header.Author, header.Incarnation, header.Sequence);
        var payload = body[GossipHeader.Size..];
        // What came before needs no proof: it only shows that the link is not of the tree.
        var isNew = !_tree.Has(id);
        if (isNew)
        {
            if (header.Author == keys.Id) return; // nobody else signs for us
            if (!roster.TryFind(header.Author, out var author) && !TryMeet(header.Author, payload, now, out author))
            {
                Hold(new Stranger(id, from, body, now + options.Tree.RepairTimeout), now);
                return;
            }
            if (!BroadcastBatch.TryOpen(payload, author.Record.Card, genesis.Network, header, out _)) return;
            routes.Learn(header.Author, from);
        }
        Handle(new TreeMessageReceived(from, new PlumtreeMessage.Gossip(id, header.Floor, header.Round, payload)), now);
    }

    /// <summary>A stranger's first broadcast mostly brings its record.</summary>
    private bool TryMeet(PeerId author, ReadOnlyMemory<byte> payload, Instant now, [NotNullWhen(true)] out RosterMember? met)
    {
        met = null;
        return BroadcastBatch.TryRead(payload, out var batch) && batch.Kind == BatchKind.News && RosterNews.TryParse(batch.Content.Span, out var news)
            && news is RosterNews.Hello hello && TryTake(author, hello, now) && roster.TryFind(author, out met);
    }

    private bool TryTake(PeerId author, RosterNews.Hello hello, Instant now)
    {
        if (!MemberRecord.TryParse(hello.Record, genesis, WallClock, out var record, out _) || record.Id != author) return false;
        roster.Take(record, inPerson: false, now);
        return true;
    }

    /// <summary>Until it would be given up in any case. Of one neighbour each once, but of several each: one may have forged it.</summary>
    private void Hold(Stranger stranger, Instant now)
    {
        exchange.Want(stranger.Id.Author, stranger.From, now);
        TakeStrangers(held => held.Until <= now);
        if (_strangers.Count >= options.StrangersMax || _strangersBytes + stranger.Body.Length > options.StrangersBytesMax) return;
        if (_strangers.Exists(held => held.Id == stranger.Id && held.From == stranger.From)) return;
        _strangers.Add(stranger);
        _strangersBytes += stranger.Body.Length;
    }

    /// <summary>A stranger's record came: what waited for it goes on.</summary>
    public void HandleKnown(PeerId author, Instant now)
    {
        foreach (var (_, from, body, _) in TakeStrangers(held => held.Id.Author == author)) OnBroadcast(from, body, now);
    }

    private List<Stranger> TakeStrangers(Predicate<Stranger> match)
    {
        if (!_strangers.Exists(match)) return [];
        var taken = _strangers.FindAll(match);
        _strangers.RemoveAll(match);
        foreach (var stranger in taken) _strangersBytes -= stranger.Body.Length;
        return taken;
    }

    // ---- Carrying out ----

    private void CarryOut(Instant now)
    {
        while (_tree.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case SendTreeMessage { Message: PlumtreeMessage.Gossip gossip } send: outbox.Enqueue(new SendBroadcast(send.To, _writer.Write(gossip), gossip.Id.Author == keys.Id ? gossip.Id.Sequence : 0)); break;
                case SendTreeMessage send: outbox.Enqueue(new SendControl(send.To, GossipControl.Write(send.Message))); break;
                case DeliverBroadcast deliver: Deliver(deliver.Id, deliver.Payload, now); break;
                case ReportMissed missed: outbox.Enqueue(new AnnounceMissed(missed.Author, missed.First, missed.Last)); break;
            }
        }
    }

    private void Deliver(MessageId id, ReadOnlyMemory<byte> payload, Instant now)
    {
        var place = new BroadcastPlace(id.Incarnation, id.Sequence);
        if (!roster.TryFind(id.Author, out var author) || !BroadcastBatch.TryRead(payload, out var batch)) return;
        RosterNews? news = null;
        if (batch.Kind == BatchKind.News && !RosterNews.TryParse(batch.Content.Span, out news)) return;
        if (!roster.HandleBroadcast(author, place, news is RosterNews.Bye, now)) return;
        if (news is null) outbox.Enqueue(new DeliverMessages(id.Author, batch.Content));
        else if (news is RosterNews.Hello hello) TryTake(id.Author, hello, now);
        else roster.OnNews(author, news, place, now);
    }
}
