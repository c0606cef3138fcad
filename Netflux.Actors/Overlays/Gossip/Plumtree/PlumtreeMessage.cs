using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>Names a broadcast: an author numbers its own from 1 in each run.</summary>
internal readonly record struct MessageId(PeerId Author, Incarnation Incarnation, ulong Sequence)
{
    /// <summary>Numbers end here: what a browser can count exactly.</summary>
    public const ulong SequenceMax = Wire.GossipHeader.SequenceMax;

    public bool IsValid => Sequence is >= 1 and <= SequenceMax;
}

/// <summary>A message that can be had, and how many hops it would have made then.</summary>
internal readonly record struct Announcement(MessageId Id, int Round);

/// <summary>What is known of one author: all up to <paramref name="Last"/>, and those from <paramref name="First"/> on can be had. None can where it is above.</summary>
internal readonly record struct AuthorSummary(PeerId Author, Incarnation Incarnation, ulong First, ulong Last);

/// <summary>What neighbours say to each other about broadcasts. The names are the paper's.</summary>
internal abstract record PlumtreeMessage
{
    /// <summary>
    /// A broadcast. <paramref name="Floor"/> is the first of its author's messages that was recent when this one was sent: who knew nothing of the author wants all from there on.
    /// <paramref name="Round"/> counts hops; those to the author's neighbours are 1. The payload is passed on as it is, signature included.
    /// </summary>
    internal sealed record Gossip(MessageId Id, ulong Floor, int Round, ReadOnlyMemory<byte> Payload) : PlumtreeMessage;

    /// <summary>Messages that the sender has, for a lazy link.</summary>
    internal sealed record IHave(IReadOnlyList<Announcement> Announcements) : PlumtreeMessage;

    /// <summary>Send these, and let the link be eager from now on. None are wanted where only the tree changes.</summary>
    internal sealed record Graft(IReadOnlyList<MessageId> Wanted) : PlumtreeMessage;

    /// <summary>Let the link be lazy: what came by it had come already.</summary>
    internal sealed record Prune : PlumtreeMessage;

    /// <summary>
    /// All that the sender knows of authors that spoke lately. Not in the paper: it repairs what a broken link took along before anybody announced it, and tells a new member where authors are.
    /// </summary>
    internal sealed record Summary(IReadOnlyList<AuthorSummary> Authors, bool AnswerWanted) : PlumtreeMessage;
}
