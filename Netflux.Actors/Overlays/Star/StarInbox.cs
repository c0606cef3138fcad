using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Star;

/// <summary>What came of other members: each frame once, whichever hub brought it; and what of it was consumed.</summary>
internal sealed class StarInbox(StarRouteOptions options)
{
    private sealed class Author(Incarnation run)
    {
        public Incarnation Run => run;
        public ulong Highest { get; set; }
        public ulong Delivered { get; set; }
        public ulong Consumed { get; set; }
        public ulong ConsumedNumber { get; set; }
        public Ring<(ulong Number, ulong Delivered)> Unconsumed { get; } = new();
        public Instant? AckAt { get; set; }
        public Instant HeardAt { get; set; }
    }

    private readonly Dictionary<PeerId, Author> _authors = [];

    public Instant? NextDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var author in _authors.Values) next = Instant.Earlier(next, author.AckAt);
            return next;
        }
    }

    /// <summary>False if it came before, or is of a run that is over. An author that sends again what came has not heard that it did.</summary>
    public bool TryTake(PeerId from, Incarnation run, ulong number, Instant now)
    {
        if (!_authors.TryGetValue(from, out var author) || author.Run < run)
        {
            if (author is null && _authors.Count >= options.AuthorsMax) _authors.Remove(_authors.MinBy(other => other.Value.HeardAt).Key);
            _authors[from] = author = new Author(run) { Delivered = author?.Delivered ?? 0, Consumed = author?.Consumed ?? 0 };
        }
        if (author.Run > run) return false;
        author.HeardAt = now;
        if (number > author.Highest)
        {
            author.Highest = number;
            return true;
        }
        author.AckAt ??= now + options.AckDelay;
        return false;
    }

    /// <summary>Users see the author from now on, or no more: what they consume of it counts from 1.</summary>
    public void Reset(PeerId from)
    {
        if (!_authors.TryGetValue(from, out var author)) return;
        (author.Delivered, author.Consumed) = (0, 0);
        author.Unconsumed.Clear();
    }

    /// <summary>So many messages of the frame went to users. Returns how many of the author did in all.</summary>
    public ulong HandleDelivered(PeerId from, ulong number, ulong messages, Instant now)
    {
        var author = _authors[from];
        author.Delivered += messages;
        author.Unconsumed.Enqueue((number, author.Delivered));
        Settle(author, now);
        return author.Delivered;
    }

    public void HandleConsumed(PeerId from, ulong messages, Instant now)
    {
        if (!_authors.TryGetValue(from, out var author)) return;
        author.Consumed = messages;
        Settle(author, now);
    }

    public bool IsConsumed(PeerId from, ulong delivered) => !_authors.TryGetValue(from, out var author) || author.Consumed >= delivered || author.Delivered < delivered;

    private void Settle(Author author, Instant now)
    {
        while (author.Unconsumed.Count > 0 && author.Unconsumed[0].Delivered <= author.Consumed)
        {
            author.ConsumedNumber = author.Unconsumed.Dequeue().Number;
            author.AckAt ??= now + options.AckDelay;
        }
    }

    /// <summary>Whom to tell now what was consumed of it.</summary>
    public IReadOnlyList<(PeerId Author, Incarnation Run, ulong Number)> TakeAcks(Instant now)
    {
        List<(PeerId, Incarnation, ulong)> due = [];
        foreach (var (id, author) in _authors)
        {
            if (author.AckAt is not { } at || at > now) continue;
            author.AckAt = null;
            if (author.ConsumedNumber > 0) due.Add((id, author.Run, author.ConsumedNumber));
        }
        return due;
    }

    /// <summary>There is another hub: what was told through the one before may not have arrived.</summary>
    public void TellAgain(Instant now)
    {
        foreach (var author in _authors.Values) author.AckAt ??= now;
    }
}
