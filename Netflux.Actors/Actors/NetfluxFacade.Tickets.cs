using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Actors;

// Tickets that this process shows, and what a server gives with a door.
public sealed partial class NetfluxFacade
{
    /// <summary>What can be seen here the server need not be asked.</summary>
    private void CheckTicket(JoinNetwork join)
    {
        if (join.Ticket is not { } ticket) return;
        if (join.Address.Id is { } id && id != ticket.Network) throw new NetfluxException(NetfluxError.TicketInvalid, "The ticket is for another network than the address.") { Network = id };
        if (ticket.Holder is { } holder && holder != _setup.Keys.Id) throw new NetfluxException(NetfluxError.TicketInvalid, $"The ticket is for {holder}; this process is {_setup.Keys.Id}.") { Network = ticket.Network };
    }

    /// <summary>The server gave an admission with the door; false where it is none for this peer, and the request has failed.</summary>
    private bool TryTakeAdmission(OpenRequest open, DoorOpened opened)
    {
        if (opened.Admission.IsEmpty || open.Admission is not null) return true;
        if (!Admission.TryParse(opened.Admission, opened.Genesis, WallClock, out var admission, out var why) || admission.Member != _setup.Keys.Id)
        {
            CloseDoorOf(opened.Genesis.Network, open.Server);
            Fail(open.Id, NetfluxError.NotAdmitted, $"The server gave an admission that does not let this process in. {why}");
            return false;
        }
        open.Admission = admission;
        return true;
    }

    /// <summary>What the ticket's issuer knew of the members: a server that shows less to who comes by the ticket is found out.</summary>
    private static TrackerRoot? VouchedBy(Ticket? ticket) =>
        ticket is not null && TrackerRoot.TryParse(ticket.TrackerRoot, out var root) && root.Tracker == ticket.Signed.Redeemer && root.Network == ticket.Network ? root : null;
}
