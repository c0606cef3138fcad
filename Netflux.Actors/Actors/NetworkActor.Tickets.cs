using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Actors;

// Tickets are issued without anybody's help: here is all that they say, the state of the members among it.
internal sealed partial class NetworkActor
{
    private void HandleIssueTicket(IssueTicket issue)
    {
        try { Sender.Tell(new TicketIssued(_id, Issue(issue)), Self); }
        catch (NetfluxException refused) { Sender.Tell(new Status.Failure(new NetfluxException(refused.Error, refused.Message) { Request = issue.RequestId, Network = _id }), Self); }
    }

    private Ticket Issue(IssueTicket issue)
    {
        var lasts = issue.Lasts ?? _setup.Options.TicketLasts;
        if (!_start.IsTracked) throw new NetfluxException(NetfluxError.TrackingNotSupported, "No tracking server remembers this network, so nobody would redeem a ticket; create it with Track at one.");
        if (_start.Genesis.Topology.Join == JoinPolicy.Open) throw new NetfluxException(NetfluxError.InvalidOptions, "Nobody needs a ticket for this network: whoever knows its address may join.");
        if (!_start.Admission.MayInvite) throw new NetfluxException(NetfluxError.NotAdmitted, "This process was admitted to the network without the right to invite.");
        if (lasts <= TimeSpan.Zero || lasts > IdentityOptions.TicketLifeMax)
            throw new NetfluxException(NetfluxError.InvalidOptions, $"Lasts is {lasts}; a ticket lasts for more than zero and at most {IdentityOptions.TicketLifeMax.TotalDays:0} days.");
        if (issue.Uses is < 1) throw new NetfluxException(NetfluxError.InvalidOptions, $"Uses is {issue.Uses}; a ticket lets in one peer or more, or, with null, as many as come.");
        if (_rootGossip.Highest is not { } root) throw new NetfluxException(NetfluxError.TrackingNotSupported, "The tracking server of this network has shown no key, so it redeems no tickets: a newer one does.");
        var terms = new TicketTerms(issue.Holder, (uint)(issue.Uses ?? 0), lasts, issue.MayInvite, root.Tracker);
        return Ticket.Issue(_setup.Keys, _start.Genesis, _start.Admission, terms, root.Record, _setup.Random, WallClock);
    }
}
