namespace Netflux.Transport.Signaling.Client;

/// <summary>The numbers of the client's side of signaling.</summary>
internal sealed record SignalingClientOptions
{
    /// <summary>
    /// For each step of a connection: the dial, the server's greeting, its Welcome. A wrong or missing server fails in its first step and is reported within 5 s by
    /// a command, whose process takes half a second to start; a busy one gets further and has the time again.
    /// </summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long the server may take to answer one request: below the facade's own deadline of 10 s, so that the answer says more.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>The first pause before reconnecting; it doubles.</summary>
    public TimeSpan ReconnectMin { get; init; } = TimeSpan.FromSeconds(0.25);

    /// <summary>The longest pause: below a lease (30 s), so that a short outage is not seen by others.</summary>
    public TimeSpan ReconnectMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause after a server denied access, for what was established: another token comes from a person, or from a program that renews it every few minutes. Guess.</summary>
    public TimeSpan DeniedPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A connection that lived so long was a good one: the next pause is short again. Guess: the longest pause.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Nothing is wanted for so long: the connection is closed. Guess: a user's next request of a row comes sooner.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A server that asks for shorter leases would have us send without end.</summary>
    public TimeSpan LeaseMin { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A server that asks for longer leases would not notice that we are gone. Guess.</summary>
    public TimeSpan LeaseMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A server that says when to try again is believed up to this. Guess.</summary>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Requests that wait for an answer, introductions among them. Guess: two for each of 1,000 networks.</summary>
    public int RequestsMax { get; init; } = 2_048;

    /// <summary>Members that a list is read up to: a server sends at most 32 (signaling.proto); some more for later versions. Each costs a signature check.</summary>
    public int MembersMax { get; init; } = 64;

    /// <summary>Members of a tracked network that are read: as many as a server remembers by itself.</summary>
    public int TrackedMembersMax { get; init; } = 10_000;

    /// <summary>Invitations that are taken from a door one after the other: as many as a server keeps there for one member by itself.</summary>
    public int InvitationsMax { get; init; } = 64;

    /// <summary>Wishes to join that are taken from a door one after the other: as many as a server keeps there by itself.</summary>
    public int ApprovalsMax { get; init; } = 256;

    /// <summary>How long pages of networks are asked for, each with the time of a request: below the facade's own deadline of 60 s.</summary>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromSeconds(55);

    /// <summary>Networks of a server that are read. Guess: more than a person looks through.</summary>
    public int TrackedNetworksMax { get; init; } = 10_000;

    /// <summary>A renewal that a server of a cluster does not answer in this time: it is gone. A server that is alone has until the next renewal, since there is nowhere else to go. Above the time that a server waits for its rooms (<see cref="SignalingServerOptions.RoomTimeout"/>).</summary>
    public TimeSpan RenewTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a server of a cluster is asked for a sign of life. Guess: with the time for its answer, who stands still is left within 10 s.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Other servers of a cluster that are remembered: as many as a server names (signaling.proto).</summary>
    public int OthersMax { get; init; } = 8;

    /// <summary>What a server may send per second. Guess: introductions of a network of 50 in which all come at once, several times.</summary>
    public int MessagesPerSecond { get; init; } = 200;

    /// <summary>What a server may send at once. Guess: as above, for some seconds.</summary>
    public int MessagesBurst { get; init; } = 2_000;
}
