using Netflux.Identity;

namespace Netflux.Messages;

// ---- Commands ----

/// <summary>
/// Issues a ticket for a network of which this process is a member, that takes invited members only, and that a tracking server remembers. Reply: <see cref="TicketIssued"/>;
/// <see cref="NetfluxError.NotAdmitted"/> where this process may not invite. The ticket is shown by <see cref="JoinNetwork.Ticket"/>.
/// </summary>
public sealed record IssueTicket(NetworkId Network) : NetfluxRequest
{
    /// <summary>For whom; null is whoever shows it.</summary>
    public PeerId? Holder { get; init; }
    /// <summary>How many peers it lets in; null is no limit.</summary>
    public int? Uses { get; init; }
    /// <summary>How long it can be shown: up to 366 days; null is seven days. Who came by it stays a member.</summary>
    public TimeSpan? Lasts { get; init; }
    /// <summary>Whether who comes by it may invite others.</summary>
    public bool MayInvite { get; init; }
}

// ---- Replies ----

/// <summary>The ticket; pass on its <see cref="Identity.Ticket.Text"/>. Nobody else has it, or can make it anew.</summary>
public sealed record TicketIssued(NetworkId Network, Ticket Ticket) : INetfluxMessage;
