using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>Puts each author's messages in order, each once, and says what is missed (DESIGN §7).</summary>
internal sealed class AuthorStreams(PlumtreeOptions options, Queue<PlumtreeInstruction> outbox)
{
    private readonly Dictionary<PeerId, AuthorStream> _byAuthor = [];
    private readonly LinkedList<AuthorStream> _bySpeech = [];  // who spoke last is first
    private readonly LinkedList<StreamWait> _waiting = [];  // all wait equally long, so who gives up next is first

    public int Count => _byAuthor.Count;
    public long HeldBytes { get; private set; }

    /// <summary>Those that spoke last first.</summary>
    public IEnumerable<AuthorStream> Latest => _bySpeech;

    public Instant? NextDeadline => _waiting.First?.Value.GiveUpAt;

    public AuthorStream? Find(PeerId author) => _byAuthor.GetValueOrDefault(author);

    /// <summary>The stream of an author that is known by its own word. What is only heard of an author makes nothing past.</summary>
    public AuthorStream? FindProven(PeerId author) => Find(author) is { IsHearsay: false } stream ? stream : null;

    /// <summary>The stream for a proven message of this run; null where the run is over, or where there are too many authors.</summary>
    public AuthorStream? For(MessageId id, ulong floor, Instant now)
    {
        var known = Find(id.Author);
        if (known is { IsHearsay: true })
        {
            if (known.Incarnation == id.Incarnation && id.Sequence >= known.Next)
            {
                known.IsHearsay = false;
                return known;
            }
            Forget(known);
            // Another neighbour is behind the one that said where the author is; or that one lied, to have messages taken for old ones. What was sent before this one is not for us in either case.
            if (known.Incarnation == id.Incarnation) return Begin(id.Author, id.Incarnation, id.Sequence, now);
            known = null;
        }
        if (known is not null && known.Incarnation == id.Incarnation) return known;
        if (known is not null && known.Incarnation > id.Incarnation) return null;
        if (known is not null) End(known);
        // Of a known author's next run all is wanted; of an unknown author what is recent.
        return Begin(id.Author, id.Incarnation, known is not null ? 1 : Math.Clamp(floor, 1, id.Sequence), now);
    }

    /// <summary>Null where there are too many authors.</summary>
    public AuthorStream? Begin(PeerId author, Incarnation incarnation, ulong next, Instant now, bool isHearsay = false)
    {
        ForgetQuiet(now);
        if (_byAuthor.Count >= options.AuthorsMax) return null;
        var stream = _byAuthor[author] = new AuthorStream(author, incarnation, next, isHearsay) { LastSpoke = now };
        stream.Place = _bySpeech.AddFirst(stream);
        return stream;
    }

    public void Touch(AuthorStream stream, Instant now)
    {
        stream.LastSpoke = now;
        if (stream.Place is not { } place || _bySpeech.First == place) return;
        _bySpeech.Remove(place);
        _bySpeech.AddFirst(place);
    }

    /// <summary>A message that this stream does not have yet.</summary>
    public void Take(AuthorStream stream, CachedMessage message, Instant now)
    {
        while (message.Id.Sequence - stream.Next >= options.Window) MakeRoom(stream, message.Id.Sequence);
        stream.Hold(message);
        HeldBytes += message.Payload.Length;
        Deliver(stream);
        Await(stream, now);
        while (HeldBytes > options.HeldBytesMax && _waiting.First is { } first) GiveUp(first.Value.Stream, now);
    }

    public void HandleDeadline(Instant now)
    {
        while (_waiting.First is { } first && first.Value.GiveUpAt <= now) GiveUp(first.Value.Stream, now);
    }

    private void GiveUp(AuthorStream stream, Instant now)
    {
        Skip(stream);
        Await(stream, now);
    }

    private void Await(AuthorStream stream, Instant now)
    {
        if (!stream.IsHolding || stream.Wait is not null) return;
        stream.Wait = _waiting.AddLast(new StreamWait(stream, now + options.RepairTimeout));
    }

    private void StopWaiting(AuthorStream stream)
    {
        if (stream.Wait is { } wait) _waiting.Remove(wait);
        stream.Wait = null;
    }

    private void MakeRoom(AuthorStream stream, ulong sequence)
    {
        if (stream.IsHolding)
        {
            Skip(stream);
            return;
        }
        var first = sequence - options.Window + 1;
        Report(stream, first);
        stream.SkipTo(first);
    }

    /// <summary>Goes on with what is held; what is before it is missed.</summary>
    private void Skip(AuthorStream stream)
    {
        Report(stream, stream.FirstHeld);
        stream.SkipTo(stream.FirstHeld);
        Deliver(stream);
    }

    private void Report(AuthorStream stream, ulong to) => outbox.Enqueue(new ReportMissed(stream.Author, stream.Incarnation, stream.Next, to - 1));

    private void Deliver(AuthorStream stream)
    {
        var next = stream.Next;
        while (stream.TakeNext() is { } message)
        {
            HeldBytes -= message.Payload.Length;
            outbox.Enqueue(new DeliverBroadcast(message.Id, message.Round, message.Payload));
        }
        if (stream.Next != next) StopWaiting(stream); // a gap was closed; the next has its own time
    }

    /// <summary>The author's next run has begun.</summary>
    private void End(AuthorStream stream)
    {
        while (stream.IsHolding) Skip(stream);
        Forget(stream);
    }

    /// <summary>Forgets authors that are silent, down to those that are always remembered.</summary>
    public void ForgetQuiet(Instant now)
    {
        var before = _byAuthor.Count;
        while (_byAuthor.Count > options.QuietAuthorsMax && _bySpeech.Last is { } last && now - last.Value.LastSpoke >= options.QuietAfter) Forget(last.Value);
        if (_byAuthor.Count < before && _byAuthor.Count <= options.QuietAuthorsMax) _byAuthor.TrimExcess();
    }

    private void Forget(AuthorStream stream)
    {
        _byAuthor.Remove(stream.Author);
        StopWaiting(stream);
        if (stream.Place is { } place) _bySpeech.Remove(place);
    }
}
