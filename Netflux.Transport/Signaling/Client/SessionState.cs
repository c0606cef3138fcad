using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>Where the connection stands.</summary>
internal abstract record SessionState
{
    /// <summary>No connection, and nothing wants one.</summary>
    public sealed record Idle : SessionState;

    public sealed record Dialling(long Attempt, Instant Until) : SessionState;

    public sealed record AwaitingHello(long Attempt, string Authority, Incarnation Incarnation, int BytesMax, Instant Until) : SessionState;

    public sealed record AwaitingWelcome(long Attempt, Incarnation Incarnation, int BytesMax, TimeSpan Lease, Instant Until) : SessionState;

    /// <param name="LeaseAt">When leases are renewed again.</param>
    /// <param name="RenewAt">When the next renewal is due, of leases or of nothing, to see that the server lives; or the answer of the one that is not answered yet.</param>
    /// <param name="Renewal">The request of that one; 0 for none.</param>
    public sealed record Open(long Attempt, Incarnation Incarnation, int BytesMax, TimeSpan Lease, Instant Since, Instant LeaseAt, Instant RenewAt, ulong Renewal) : SessionState;

    /// <summary>Between two attempts.</summary>
    /// <param name="Busy">What a server said that asked for this pause; who asks meanwhile gets it as the answer.</param>
    public sealed record Waiting(Instant Until, string? Busy) : SessionState;

    /// <summary>A newer incarnation took this one's place: nothing is dialled any more.</summary>
    public sealed record Replaced : SessionState;
}

/// <summary>A request whose answer is due.</summary>
internal abstract record Pending(Instant Until)
{
    public sealed record Open(DoorWanted Wanted, Instant Until) : Pending(Until);

    public sealed record Reopen(NetworkId Network, string Door, Instant Until) : Pending(Until);

    public sealed record List(MembersWanted Wanted, Instant Until) : Pending(Until);

    public sealed record Track(TrackWanted Wanted, Instant Until) : Pending(Until);

    public sealed record Untrack(UntrackWanted Wanted, Instant Until) : Pending(Until);

    public sealed record Keep(KeepWanted Wanted, Instant Until) : Pending(Until);

    public sealed record EndKept(EndKeptWanted Wanted, Instant Until) : Pending(Until);

    /// <param name="After">The last that was told.</param>
    /// <param name="Left">So many are asked for.</param>
    public sealed record Collect(NetworkId Network, InvitationId? After, int Left, Instant Until) : Pending(Until);

    /// <param name="Read">Of the pages before.</param>
    /// <param name="After">The last of them.</param>
    public sealed record ListTracked(TrackedWanted Wanted, List<TrackedEntry> Read, PeerId? After, Instant Until) : Pending(Until)
    {
        public List<ReadOnlyMemory<byte>> Removals { get; } = [];

        /// <summary>Of the first page; null where it had none, or that of another page says something else.</summary>
        public TrackerRoot? Root { get; init; }
    }

    /// <inheritdoc cref="ListTracked"/>
    /// <param name="Ends">No further page is asked for then.</param>
    public sealed record ListNetworks(NetworksWanted Wanted, List<TrackedNetwork> Read, string After, Instant Until, Instant Ends) : Pending(Until);

    public sealed record AskApproval(ApprovalWanted Wanted, Instant Until) : Pending(Until);

    public sealed record WithdrawApproval(ApprovalUnwanted Wanted, Instant Until) : Pending(Until);

    public sealed record Decide(DecisionWanted Wanted, Instant Until) : Pending(Until);

    /// <inheritdoc cref="ListTracked"/>
    public sealed record ListApprovals(ApprovalsWanted Wanted, List<ReadOnlyMemory<byte>> Read, PeerId? After, Instant Until) : Pending(Until);

    public sealed record Introduce(IntroductionWanted Wanted, Instant Until) : Pending(Until);
}

/// <summary>A door that is kept open.</summary>
/// <param name="Text">The name, or the id as text, under which it is registered.</param>
internal sealed record Door(string Text, ReadOnlyMemory<byte> Genesis);

/// <summary>A meeting point at which this peer waits, or where it has met one and is not done.</summary>
/// <param name="Request">Of the wait on this connection.</param>
/// <param name="Established">The server has had the wait once: it is kept over reconnections.</param>
internal sealed record Meeting(long Ask, ulong Request, bool Established, bool Met);
