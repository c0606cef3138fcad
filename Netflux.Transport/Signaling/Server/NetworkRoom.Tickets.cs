using System.Globalization;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Transport.Signaling.Server;

// Tickets: a member's word that lets a peer in, which is counted here and nowhere else.
internal sealed partial class NetworkRoom
{
    private TicketRedemptions _redemptions = new();

    /// <summary>The admission of the ticket that the visitor shows, stored before anybody hears of it; none where it shows none. False, and why, where the ticket does not let it in.</summary>
    private bool TryRedeem(EnterDoor enter, IRoomOutlet outlet, out ReadOnlyMemory<byte> admission, out NetfluxError error, out string why)
    {
        (admission, error, why) = (default, NetfluxError.TicketInvalid, "");
        if (enter.Ticket.IsEmpty) return true;
        if (_tracked is null || _genesis is null || outlet.ServerKeys is not { } keys)
        {
            (error, why) = (NetfluxError.TrackingNotSupported, "This network is not remembered here, so nobody redeems its tickets.");
            return false;
        }
        if (!TicketRecord.TryParse(enter.Ticket, out var ticket, out why)) return false;
        if (ticket.Network != network) why = "The ticket is for another network.";
        else if (ticket.Redeemer != keys.Id) why = "The ticket is for a tracking server with another key: ask for one that was issued here.";
        else if (ticket.Holder is { } holder && holder != enter.Who.Id) why = "The ticket is for another peer.";
        else if (!ticket.IsOpenedBy(enter.TicketSecret.Span)) why = "The ticket was shown without its secret.";
        if (why.Length > 0) return false;
        // Who came by it once comes again by it, whatever has become of the ticket since; what it was given has to hold yet.
        if (_redemptions.Find(ticket, enter.Who.Id) is { } before)
        {
            (admission, error) = (before.Admission, NetfluxError.NotAdmitted);
            return Admission.TryParse(before.Admission, _genesis, outlet.WallClock, out _, out why);
        }
        if (!_tracked.Contains(ticket.Issuer)) why = "Who issued the ticket is no member of the network any more.";
        if (why.Length > 0 || !ticket.IsIssuedByOneWhoMay(_genesis, outlet.WallClock, IdentityOptions.AdmissionDepthMax, out why)) return false;
        if (!ticket.IsInForceAt(outlet.WallClock.ToUnixTimeMilliseconds()))
        {
            (error, why) = (NetfluxError.TicketExpired,
                string.Create(CultureInfo.InvariantCulture, $"The ticket is in force from {ticket.IssuedAt:u} to {ticket.ExpiresAt:u} by its issuer's clock; by this server's it is {outlet.WallClock:u}."));
            return false;
        }
        EndRedemptions(outlet);
        if (ticket.Uses > 0 && _redemptions.CountOf(ticket) >= ticket.Uses)
            (error, why) = (NetfluxError.TicketUsedUp, $"The ticket has let in {ticket.Uses} {(ticket.Uses == 1 ? "peer" : "peers")}, and lets in no more.");
        else if (_redemptions.Count >= outlet.Options.TicketRedemptionsMax)
            (error, why) = (NetfluxError.TooMany, "As many peers came by tickets into this network as are counted; try again when some of the tickets have ended.");
        if (why.Length > 0) return false;
        admission = Admission.Redeem(keys, _genesis, ticket, enter.Who.Id, outlet.WallClock).Record;
        Happen(new TicketRedeemed(ticket.Issuer, ticket.Serial, enter.Who.Id, admission, ticket.ExpiresAt), outlet);
        return true;
    }

    private void EndRedemptions(IRoomOutlet outlet) => _redemptions.EndBefore(outlet.WallClock - IdentityOptions.ClockTolerance - outlet.Options.TicketRedemptionsKept);
}
