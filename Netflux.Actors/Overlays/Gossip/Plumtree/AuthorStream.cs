using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>What is held goes on at this time without what it waits for.</summary>
internal readonly record struct StreamWait(AuthorStream Stream, Instant GiveUpAt);

/// <summary>The messages of one author in one of its runs: what came, and what waits for something before it.</summary>
/// <param name="isHearsay">A neighbour says that the author is here; the author has not said so yet.</param>
internal sealed class AuthorStream(PeerId author, Incarnation incarnation, ulong next, bool isHearsay)
{
    private SortedDictionary<ulong, CachedMessage>? _held;

    public PeerId Author => author;
    public Incarnation Incarnation => incarnation;

    public bool IsHearsay { get; set; } = isHearsay;

    /// <summary>The number that is delivered next.</summary>
    public ulong Next { get; private set; } = next;

    /// <summary>The highest number that came, or was delivered.</summary>
    public ulong Highest { get; private set; } = next - 1;

    /// <summary>The lowest that can still be had from our cache.</summary>
    public ulong FirstCached { get; set; } = next;

    public Instant LastSpoke { get; set; }
    public LinkedListNode<AuthorStream>? Place { get; set; }

    /// <summary>The place of what waits among all that wait.</summary>
    public LinkedListNode<StreamWait>? Wait { get; set; }
    public long HeldBytes { get; private set; }

    public bool IsHolding => _held is { Count: > 0 };
    public ulong FirstHeld => _held!.First().Key;

    public bool Has(ulong sequence) => sequence < Next || (_held is not null && _held.ContainsKey(sequence));

    public void Hold(CachedMessage message)
    {
        var sequence = message.Id.Sequence;
        (_held ??= []).Add(sequence, message);
        HeldBytes += message.Payload.Length;
        if (sequence > Highest) Highest = sequence;
    }

    /// <summary>Goes on at this number. It is never behind <see cref="Next"/>, and nothing before it is held.</summary>
    public void SkipTo(ulong sequence)
    {
        Next = sequence;
        if (Highest < sequence - 1) Highest = sequence - 1;
    }

    /// <summary>The next message in order, if it is there.</summary>
    public CachedMessage? TakeNext()
    {
        if (_held is null || !_held.Remove(Next, out var message)) return null;
        HeldBytes -= message.Payload.Length;
        if (_held.Count == 0) _held = null;
        Next++;
        return message;
    }
}
