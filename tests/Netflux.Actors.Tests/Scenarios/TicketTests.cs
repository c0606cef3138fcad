using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Scenarios;

/// <summary>Tickets into networks that take invited members only, as peers see them.</summary>
public class TicketTests
{
    private const string ByInvitation = """{"type":"full-mesh","join":"invite"}""";

    /// <summary>ann has a club that takes invited members only; bob and cy are strangers.</summary>
    private sealed record Club(NetfluxWorld World, TrackingServer Server, TestPeer Ann, TestPeer Bob, TestPeer Cy, Network Network) : IAsyncDisposable
    {
        public static async Task<Club> InWorld(int seed = 1, string topology = ByInvitation, bool track = true)
        {
            var world = new NetfluxWorld(seed);
            var server = new TrackingServer(world);
            var (ann, bob, cy) = (PeerOf("ann"), PeerOf("bob"), PeerOf("cy"));
            var club = (await ann.Ask<NetworkCreated>(new CreateNetwork(topology) { Name = "club", Track = track, Subscriber = ann.Subscriber })).Network;
            return new(world, server, ann, bob, cy, club);

            TestPeer PeerOf(string name) => world.Peer(name, new() { Server = server.Url });
        }

        public ValueTask DisposeAsync() => World.DisposeAsync();

        public async Task<Ticket> Issue(TestPeer? issuer = null, PeerId? holder = null, int? uses = null, TimeSpan? lasts = null, bool mayInvite = false)
        {
            var issued = await (issuer ?? Ann).Ask<TicketIssued>(new IssueTicket(Network.Id) { Holder = holder, Uses = uses, Lasts = lasts, MayInvite = mayInvite });
            Assert.Equal(Network.Id, issued.Network);
            return Read(issued.Ticket.Text);        // as it comes to the other
        }

        public WorldOperation<NetworkJoined> Join(TestPeer peer, Ticket? ticket = null) => peer.Ask<NetworkJoined>(new JoinNetwork(Network.Address!) { Ticket = ticket, Subscriber = peer.Subscriber });
    }

    private static Ticket Read(string text) => Ticket.TryParse(text, out var ticket, out var why) ? ticket : throw new ArgumentException(why);

    // ---- Joining ----

    [Theory, Seeds(5)]
    public async Task Where_nobody_is_online_it_lets_a_peer_in_that_both_talk_with_later(int seed)
    {
        await using var club = await Club.InWorld(seed);
        var (world, ann, bob) = (club.World, club.Ann, club.Bob);
        var ticket = await club.Issue();
        Assert.Equal((ann.Id, club.Network.Id, null, null, false), (ticket.Issuer, ticket.Network, ticket.Holder, ticket.Uses, ticket.MayInvite));
        Assert.InRange(ticket.ExpiresAt - world.Now, TimeSpan.FromDays(7) - 10.Seconds(), TimeSpan.FromDays(7));
        await ann.GoOffline();
        await world.Advance(TimeSpan.FromHours(1));
        var joined = await club.Join(bob, ticket);
        Assert.Equal((club.Network.Id, true, "club"), (joined.Network.Id, joined.Network.IsTracked, joined.Network.Name));
        Assert.Empty(joined.Members);
        Assert.Equal(new[] { ann.Id, bob.Id }.Order(), club.Server.Members(club.Network.Id));

        ann.Restart();
        Assert.Equal(bob.Id, Assert.Single((await club.Join(ann)).Members).Id);
        await bob.BroadcastAsync("here", joined.Network);
        await world.Advance(1.Seconds());
        Assert.Equal(["here"], ann.Received);
        world.AssertPromises();
    }

    [Fact]
    public async Task Whoever_came_by_it_comes_again_without_it()
    {
        await using var club = await Club.InWorld();
        await club.Join(club.Bob, await club.Issue(uses: 1));
        club.Bob.Restart();
        Assert.Equal(club.Ann.Id, Assert.Single((await club.Join(club.Bob)).Members).Id);
        club.Bob.Restart();
        Assert.Single((await club.Join(club.Bob, await club.Issue(lasts: 1.Seconds()))).Members);       // nor does another one harm
    }

    [Fact]
    public async Task Members_let_in_by_each_others_tickets_talk_with_each_other()
    {
        await using var club = await Club.InWorld();
        await club.Join(club.Bob, await club.Issue(holder: club.Bob.Id, mayInvite: true));
        await club.Ann.GoOffline();
        await club.Join(club.Cy, await club.Issue(club.Bob));
        await club.World.Advance(1.Seconds());
        Assert.Contains(club.Bob.All<PeerJoining>(), joining => joining.Peer.Id == club.Cy.Id);
        club.Ann.Restart();
        Assert.Equal(2, (await club.Join(club.Ann)).Members.Count);
        Assert.Equal(NetfluxError.NotAdmitted, club.Cy.Ask<TicketIssued>(new IssueTicket(club.Network.Id)).FailsWith(NetfluxError.NotAdmitted).Error);
    }

    [Fact, Provokes(NetfluxError.TicketUsedUp)]
    public async Task It_lets_in_as_many_as_it_says()
    {
        await using var club = await Club.InWorld();
        var ticket = await club.Issue(uses: 1);
        await club.Join(club.Bob, ticket);
        club.Join(club.Cy, ticket).FailsWith(NetfluxError.TicketUsedUp);
        Assert.Single(club.Server.Stored.OfType<TicketRedeemed>());
    }

    [Fact, Provokes(NetfluxError.TicketExpired)]
    public async Task When_its_time_is_over_all_clocks_are_told()
    {
        await using var club = await Club.InWorld();
        var ticket = await club.Issue(lasts: TimeSpan.FromMinutes(1));
        await club.World.Advance(TimeSpan.FromMinutes(4));
        Assert.Matches(@"^The ticket is in force from .+Z to .+Z by its issuer's clock; by this server's it is .+Z\. By the clock of this process it is .+Z\.$", club.Join(club.Bob, ticket).FailsWith(NetfluxError.TicketExpired).Message);
    }

    [Fact, Provokes(NetfluxError.TicketInvalid)]
    public async Task It_is_for_its_network_its_holder_and_its_server()
    {
        await using var club = await Club.InWorld();
        Assert.Equal($"The ticket is for {club.Cy.Id}; this process is {club.Bob.Id}.", club.Join(club.Bob, await club.Issue(holder: club.Cy.Id)).FailsWith(NetfluxError.TicketInvalid).Message);
        var other = (await club.Ann.Ask<NetworkCreated>(new CreateNetwork(ByInvitation) { Track = true })).Network;
        Assert.Equal("The ticket is for another network than the address.", club.Bob.Ask<NetworkJoined>(new JoinNetwork(other.Address!) { Ticket = await club.Issue() }).FailsWith(NetfluxError.TicketInvalid).Message);
        var ofOther = (await club.Ann.Ask<TicketIssued>(new IssueTicket(other.Id))).Ticket;
        Assert.Equal("The ticket is for another network.", club.Join(club.Bob, ofOther).FailsWith(NetfluxError.TicketInvalid).Message);
        club.Bob.Ask<NetworkJoined>(new JoinNetwork(NetworkAddress.At(club.World.Server.Url, "club")) { OrCreate = ByInvitation, Ticket = ofOther }).FailsWith(NetfluxError.TrackingNotSupported);
    }

    [Fact]
    public async Task A_server_that_gives_an_admission_which_does_not_hold_lets_nobody_in()
    {
        await using var club = await Club.InWorld();
        var ticket = await club.Issue();
        club.Server.Says = reply => reply is Entered entered && !entered.Admission.IsEmpty ? entered with { Admission = new byte[] { 1, 2, 3 } } : reply;
        club.Join(club.Bob, ticket).FailsWith(NetfluxError.NotAdmitted);
        club.Server.Says = reply => reply;
        await club.Join(club.Bob, ticket);
    }

    [Fact]
    public async Task An_answer_that_was_lost_costs_no_second_use()
    {
        await using var club = await Club.InWorld();
        var ticket = await club.Issue(uses: 1);
        club.Server.Holds = message => message is PutTracked;
        club.Join(club.Bob, ticket).FailsWith(NetfluxError.TimedOut);
        club.Server.Release();
        await club.Join(club.Bob, ticket);
        Assert.Single(club.Server.Stored.OfType<TicketRedeemed>());
    }

    [Fact]
    public async Task A_server_that_shows_less_than_the_issuer_knew_is_found_out()
    {
        await using var club = await Club.InWorld();
        ReadOnlyMemory<byte> old = default;
        club.Server.Says = reply =>
        {
            if (reply is Entered entered && old.IsEmpty) old = entered.Root;
            return reply;
        };
        await club.Join(club.Cy, await club.Issue());
        await club.World.Advance(TimeSpan.FromMinutes(1));      // ann learns the state with cy
        var ticket = await club.Issue();
        club.Server.Says = reply => reply is Entered entered ? entered with { Root = old } : reply;
        await club.Join(club.Bob, ticket);
        await club.World.Advance(1.Seconds());
        var told = club.Bob.Single<TrackerEquivocated>();
        Assert.Equal((TrackerContradiction.LowerEpoch, club.Server.Keys.Id), (told.How, told.Tracker));
        Assert.Equal(ticket.TrackerRoot.ToArray(), told.First.ToArray());
        Assert.Equal(old.ToArray(), told.Second.ToArray());
    }

    // ---- Issuing ----

    [Fact]
    public async Task None_is_issued_where_none_is_of_use()
    {
        await using (var club = await Club.InWorld(topology: """{"type":"full-mesh"}"""))
            club.Ann.Ask<TicketIssued>(new IssueTicket(club.Network.Id)).FailsWith(NetfluxError.InvalidOptions);
        await using (var club = await Club.InWorld(track: false))
            club.Ann.Ask<TicketIssued>(new IssueTicket(club.Network.Id)).FailsWith(NetfluxError.TrackingNotSupported);
    }

    [Fact]
    public async Task What_no_ticket_says_is_refused()
    {
        await using var club = await Club.InWorld();
        foreach (var issue in new[] { new IssueTicket(club.Network.Id) { Uses = 0 }, new(club.Network.Id) { Lasts = TimeSpan.Zero }, new(club.Network.Id) { Lasts = TimeSpan.FromDays(367) } })
            club.Ann.Ask<TicketIssued>(issue).FailsWith(NetfluxError.InvalidOptions);
        club.Bob.Ask<TicketIssued>(new IssueTicket(club.Network.Id)).FailsWith(NetfluxError.NotAMember);
        Assert.Equal(club.Network.Id, (await club.Ann.AskOf<TicketIssued>(club.Network.Ref, new IssueTicket(club.Network.Id) { Lasts = TimeSpan.FromDays(366) })).Network);
    }
}
