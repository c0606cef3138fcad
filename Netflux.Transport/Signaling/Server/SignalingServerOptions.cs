namespace Netflux.Transport.Signaling;

/// <summary>The settings of a signaling server. Every limit on what clients can make grow is here; what is above one costs the client, never the server.</summary>
public sealed record SignalingServerOptions
{
    /// <summary>
    /// The URLs under which clients dial this server, such as <c>wss://netflux.example.org</c>. A client signs the authority that it dialled, and the server takes only
    /// its own, so that a proof cannot be used at another server. Without any, the addresses that the server listens on count, with the names of this machine for wildcards.
    /// </summary>
    public IReadOnlyList<Uri> PublicUrls { get; init; } = [];

    /// <summary>Web pages of these origins (scheme, host, port) may connect; <c>*</c> lets all. Pages of the server's own authorities may, and clients that send no Origin, which are no web pages.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Presence is forgotten after this without renewal; clients renew at a third of it (DESIGN §10: 10 s and 30 s).</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a room that lives elsewhere in a cluster may take to answer a renewal. Guess: a move to another node takes less, and a client takes a server for gone after 5 s.</summary>
    public TimeSpan RoomTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>From the connection to a valid proof (DESIGN §4: unproven for at most 5 s).</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A door without members is kept for those who reconnect: a lease and the longest pause of a client (10 s), and as much again.</summary>
    public TimeSpan EmptyDoorKept { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A network that is remembered, and has no members, is forgotten after this. Guess: who left by mistake comes back the same hour.</summary>
    public TimeSpan TrackedEmptyKept { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Members that are remembered of one network: as many as may be online at its door.</summary>
    public int TrackedMembersMax { get; init; } = 10_000;

    /// <summary>Invitations that wait for one member of a network: as many join requests as a peer has open by itself.</summary>
    public int InvitationsPerRecipientMax { get; init; } = 64;

    /// <summary>Invitations of one member that wait in a network. Guess: more than a person writes in a week.</summary>
    public int InvitationsPerSenderMax { get; init; } = 64;

    /// <summary>Invitations of one member that wait for another. Guess: into a few networks; who does not come is not asked more often.</summary>
    public int InvitationsPerPairMax { get; init; } = 4;

    /// <summary>Bytes of all invitations that wait in one network, each of at most 27 KiB and usually about 1.5. Guess: some thousand of them, which a snapshot of the network still holds.</summary>
    public int InvitationBytesPerNetworkMax { get; init; } = 8 << 20;

    /// <summary>Peers that came into one network by tickets that can still be shown: as many as are remembered as members, at some 900 bytes each.</summary>
    public int TicketRedemptionsMax { get; init; } = 10_000;

    /// <summary>How long after its end and the tolerance of clocks it is still known who came by a ticket. Guess: longer than a server's clock is set back.</summary>
    public TimeSpan TicketRedemptionsKept { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Wishes to join that wait in one network, of at most 1 KiB each. Guess: more than a person reads in a week.</summary>
    public int ApprovalsMax { get; init; } = 256;

    /// <summary>Decisions on wishes to join that wait for the peer, of at most 2 KiB each; the oldest goes first. Guess: some times as many as wait.</summary>
    public int ApprovalDecisionsMax { get; init; } = 1_024;

    /// <summary>How long a decision waits for the peer; as long who was declined cannot ask again. Guess: who asked looks in within a month.</summary>
    public TimeSpan ApprovalDecisionsKept { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long two who met can be introduced: the time that connecting may take (DESIGN §3).</summary>
    public TimeSpan MeetingKept { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The largest message either way. A genesis has at most 17 KiB, an introduction 8, a list of 32 members about 10; guess.</summary>
    public int MessageBytesMax { get; init; } = 64 * 1024;

    /// <summary>Messages that a connection may send per second, and requests that an identity may make over its connections. Guess: twenty times what the busiest honest client does over a minute.</summary>
    public int MessagesPerSecond { get; init; } = 50;

    /// <summary>The same at once. Guess: opening 256 doors again after a reconnection, and introducing itself to some dozens.</summary>
    public int MessagesBurst { get; init; } = 1_000;

    /// <summary>Bytes that a connection may send per second: the messages above at about 4 kB, an introduction with room.</summary>
    public int BytesPerSecond { get; init; } = 200 * 1024;

    /// <summary>Bytes that a connection may send at once: the burst of messages at about 4 kB.</summary>
    public int BytesBurst { get; init; } = 4 * 1024 * 1024;

    /// <summary>What waits for a client that does not read. Guess: 100 lists of 32 members (about 10 kB each).</summary>
    public int OutgoingBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Connections in all. Guess: at about 50 kB each they take 500 MB.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>Connections of one IP address, of IPv6 of one /64. Guess: an office behind one address, or a machine with many processes.</summary>
    public int ConnectionsPerAddressMax { get; init; } = 256;

    /// <summary>Connections that one address may try per second. Guess: all that it may have, each dialled again at a client's longest pause (10 s).</summary>
    public int ConnectionAttemptsPerSecond { get; init; } = 25;

    /// <summary>Connections that one address may try at once. Guess: all that it may have, twice, after this server was gone.</summary>
    public int ConnectionAttemptsBurst { get; init; } = 512;

    /// <summary>Networks that one identity may ask to be remembered within an hour, and at once. Guess: a service that makes one a minute, with room.</summary>
    public int TrackedPerIdentityAndHour { get; init; } = 100;

    /// <summary>The same of one address, since identities are free. Guess: ten of those services; at about 2 KiB each a day of it takes 50 MB.</summary>
    public int TrackedPerAddressAndHour { get; init; } = 1_000;

    /// <summary>Addresses, and identities, that these limits tell apart at one time; beyond it some share. Guess: six times as many as there are connections; filled, the places of all four limits take 74 MB (282 bytes each, measured).</summary>
    public int LimitPlaces { get; init; } = 65_536;

    /// <summary>When a client that found no room is to come again. Guess: long enough that 10,000 of them are no load.</summary>
    public TimeSpan BusyRetryAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Doors that one connection has open. Guess: a service is in dozens of networks.</summary>
    public int DoorsPerConnectionMax { get; init; } = 256;

    /// <summary>Meeting points at which one connection waits. Guess: a person waits at one.</summary>
    public int MeetingsPerConnectionMax { get; init; } = 16;

    /// <summary>Networks in all. Guess: at no more than about 16 kB each for the genesis they take 320 MB at worst.</summary>
    public int DoorsMax { get; init; } = 20_000;

    /// <summary>Peers online at one door. Guess: ten times what the largest overlay is tested with.</summary>
    public int PeersPerDoorMax { get; init; } = 10_000;

    /// <summary>Names under which one network is known here. Guess: one is usual; a few spellings.</summary>
    public int NamesPerDoorMax { get; init; } = 8;

    /// <summary>Members listed to one who comes or asks: enough to find some that answer, at about 300 bytes each (guess).</summary>
    public int MembersListed { get; init; } = 32;

    /// <summary>Incarnations remembered, of those who left too; the oldest are forgotten. 100,000 take about 15 MB.</summary>
    public int IncarnationsMax { get; init; } = 100_000;
}
