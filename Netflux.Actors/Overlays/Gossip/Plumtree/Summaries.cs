using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>Tells neighbours what is known of authors, and finds out what one side has and the other lacks.</summary>
internal sealed class Summaries(PlumtreeOptions options, AuthorStreams streams, MessageCache cache, TreeLinks links, MissingMessages missing, Queue<PlumtreeInstruction> outbox)
{
    /// <summary>When the next neighbour hears what we have, or more authors than are always remembered may be silent.</summary>
    public Instant? NextDeadline { get; private set; }

    public void HandleCached(Instant now) => NextDeadline ??= now + options.SummaryInterval;

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline is not { } due || due > now) return;
        streams.ForgetQuiet(now);
        NextDeadline = cache.Count == 0 && streams.Count <= options.QuietAuthorsMax ? null : now + options.SummaryInterval;
        if (cache.Count > 0 && links.TakeTurn() is { } link) Send(link.Id, answerWanted: true, now);
    }

    public void Send(PeerId to, bool answerWanted, Instant now) =>
        outbox.Enqueue(new SendTreeMessage(to, new PlumtreeMessage.Summary([.. Current(now).Take(options.SummaryAuthorsMax).Select(Summarize)], answerWanted)));

    private IEnumerable<AuthorStream> Current(Instant now) => streams.Latest.TakeWhile(stream => now - stream.LastSpoke < options.CacheTime);

    private AuthorSummary Summarize(AuthorStream stream) => new(stream.Author, stream.Incarnation, FirstOf(stream), stream.Next - 1);

    private ulong FirstOf(AuthorStream stream)
    {
        var most = (ulong)options.CacheMessagesMax;
        return Math.Clamp(stream.FirstCached, stream.Next > most ? stream.Next - most : 1, stream.Next);
    }

    /// <summary>A member that is new takes this as the place where each author is: what was sent before is not for it.</summary>
    public void Begin(PeerId self, IReadOnlyList<AuthorSummary> authors, Instant now)
    {
        foreach (var author in authors.Take(options.SummaryAuthorsMax))
        {
            if (author.Author != self && author.Last < MessageId.SequenceMax && streams.Find(author.Author) is null) streams.Begin(author.Author, author.Incarnation, author.Last + 1, now, isHearsay: true);
        }
    }

    /// <summary>What the neighbour has and we lack is missing from now on.</summary>
    public void Compare(PeerId self, PeerId from, IReadOnlyList<AuthorSummary> authors, Instant now)
    {
        var left = options.AnnouncementsMax;
        foreach (var theirs in authors.Take(options.SummaryAuthorsMax))
        {
            if (theirs.Author == self || theirs.First == 0 || theirs.First > theirs.Last || theirs.Last > MessageId.SequenceMax) continue;
            var ours = streams.Find(theirs.Author);
            if (ours is not null && ours.Incarnation > theirs.Incarnation) continue;
            var same = ours is not null && ours.Incarnation == theirs.Incarnation;
            if (same && theirs.Last < ours!.Next) continue;
            var first = same ? Math.Max(theirs.First, ours!.Next) : theirs.First;
            var last = Math.Min(theirs.Last, (same ? ours!.Next : first) + options.Window - 1);
            for (var sequence = first; sequence <= last && left > 0; sequence++)
            {
                if (same && ours!.Has(sequence)) continue;
                missing.Add(new MessageId(theirs.Author, theirs.Incarnation, sequence), from, 0, now);
                left--;
            }
        }
    }

    /// <summary>What we have and the neighbour lacks is announced to it.</summary>
    public void Answer(TreeLink link, IReadOnlyList<AuthorSummary> authors, Instant now)
    {
        Dictionary<PeerId, AuthorSummary> known = [];
        foreach (var author in authors.Take(options.SummaryAuthorsMax)) known[author.Author] = author;
        var left = options.AnnouncementsMax;
        foreach (var stream in Current(now))
        {
            var (from, to) = (FirstOf(stream), stream.Next);
            if (known.TryGetValue(stream.Author, out var theirs))
            {
                if (theirs.Incarnation > stream.Incarnation) continue;
                if (theirs.Incarnation == stream.Incarnation && theirs.Last >= from) from = theirs.Last >= to ? to : theirs.Last + 1;
            }
            for (var sequence = from; sequence < to && left > 0; sequence++)
            {
                if (!cache.TryGet(new MessageId(stream.Author, stream.Incarnation, sequence), out var message)) continue;
                links.Announce(link, new Announcement(message.Id, message.Round + 1), now);
                left--;
            }
        }
    }
}
