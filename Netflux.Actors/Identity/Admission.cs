using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Messages;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>The signed record that lets one peer into one network. <see cref="TryParse"/> verifies it against the genesis, with the chain of issuers up to the creator.</summary>
internal sealed class Admission
{
    public const string Purpose = "netflux admission v1";
    public const uint RightToInvite = 1;

    private Admission(ReadOnlyMemory<byte> record, PeerId member, PeerId issuer, bool mayInvite, long issuedAtMs) =>
        (Record, Member, Issuer, MayInvite, IssuedAtMs) = (record, member, issuer, mayInvite, issuedAtMs);

    public ReadOnlyMemory<byte> Record { get; }
    public PeerId Member { get; }
    /// <summary>A member, or the tracking server that redeemed a ticket.</summary>
    public PeerId Issuer { get; }
    public bool MayInvite { get; }

    /// <summary>Unix time in milliseconds, by its issuer's clock.</summary>
    public long IssuedAtMs { get; }

    /// <summary>An admission for <paramref name="member"/>. The issuer is the member itself in an open network, the creator, or an admitted member that may invite (<paramref name="issuerAdmission"/>).</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.NotAdmitted"/>: the issuer may not admit this member.</exception>
    public static Admission Issue(IPeerKeys issuer, Genesis genesis, PeerId member, Admission? issuerAdmission, bool mayInvite, DateTimeOffset now, DateTimeOffset? expires)
    {
        // The creator's word and, in an open network, one's own stand by themselves; any other issuer shows by its own admission that it may invite.
        var standsAlone = issuer.Id == genesis.Creator || (issuer.Id == member && genesis.Topology.Join == JoinPolicy.Open);
        var body = new AdmissionBody
        {
            Network = ByteString.CopyFrom(genesis.Network.ToArray()),
            Member = ByteString.CopyFrom(member.ToArray()),
            Rights = mayInvite ? RightToInvite : 0,
            IssuedAtMs = now.ToUnixTimeMilliseconds(),
            ExpiresAtMs = expires?.ToUnixTimeMilliseconds() ?? 0,
            IssuerAdmission = standsAlone || issuerAdmission is null ? ByteString.Empty : ByteString.CopyFrom(issuerAdmission.Record.Span),
        };
        return TryParse(SignedRecords.Create(issuer, Purpose, body), genesis, now, out var admission, out var why) ? admission : throw new NetfluxException(NetfluxError.NotAdmitted, why);
    }

    /// <summary>An admission for who showed a ticket, by the tracking server whose key the ticket names. Whether the ticket may be used was judged before.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.NotAdmitted"/>: members would not take it.</exception>
    public static Admission Redeem(IPeerKeys redeemer, Genesis genesis, TicketRecord ticket, PeerId member, DateTimeOffset now)
    {
        var body = new AdmissionBody
        {
            Network = ByteString.CopyFrom(genesis.Network.ToArray()),
            Member = ByteString.CopyFrom(member.ToArray()),
            Rights = ticket.Rights,
            IssuedAtMs = now.ToUnixTimeMilliseconds(),
            Ticket = ByteString.CopyFrom(ticket.Record.Span),
        };
        return TryParse(SignedRecords.Create(redeemer, Purpose, body), genesis, now, out var admission, out var why) ? admission : throw new NetfluxException(NetfluxError.NotAdmitted, why);
    }

    /// <summary>False if malformed, of another network or member, expired (with two minutes of tolerance), or not issued by one who may.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, Genesis genesis, DateTimeOffset now, [NotNullWhen(true)] out Admission? admission, out string why) =>
        TryParseChain(record, genesis, now, IdentityOptions.AdmissionDepthMax, out admission, out why);

    private static bool TryParseChain(ReadOnlyMemory<byte> record, Genesis genesis, DateTimeOffset now, int depth, [NotNullWhen(true)] out Admission? admission, out string why)
    {
        admission = null;
        if (!SignedRecords.TryVerify(record.Span, Purpose, IdentityOptions.AdmissionBytesMax, out var verified, out why)) return SignedRecords.Fail($"The admission is not valid. {why}", out why);
        if (!SignedRecords.TryParseBody(AdmissionBody.Parser, verified.Body, out var body) || body.Network.Length != NetworkId.Length || body.Member.Length != PeerId.Length)
            return SignedRecords.Fail("The admission is not valid: its body cannot be read.", out why);
        if (NetworkId.FromBytes(body.Network.Span) != genesis.Network) return SignedRecords.Fail("The admission is for another network.", out why);
        if (!IsInForce(body.ExpiresAtMs, now)) return SignedRecords.Fail("The admission has expired: ask for a new one.", out why);
        var member = PeerId.FromBytes(body.Member.Span);
        if (!MayIssue(verified.Signer, member, body, genesis, now, depth, out why)) return false;
        admission = new Admission(record.ToArray(), member, verified.Signer, (body.Rights & RightToInvite) != 0, body.IssuedAtMs);
        return true;
    }

    private static bool MayIssue(PeerId issuer, PeerId member, AdmissionBody body, Genesis genesis, DateTimeOffset now, int depth, out string why)
    {
        why = "";
        if (!body.Ticket.IsEmpty) return IsRedeemed(issuer, member, body, genesis, now, depth, out why);
        if (issuer != member || issuer == genesis.Creator || !body.IssuerAdmission.IsEmpty) return MayInviteNow(issuer, body.IssuerAdmission, genesis, now, depth, out why);
        return genesis.Topology.Join == JoinPolicy.Open || SignedRecords.Fail("The network takes invited members only: ask one of its members for an invitation.", out why);
    }

    /// <summary>Whether a peer shows that it may let others in: the creator as it is, any other by its own admission.</summary>
    internal static bool MayInviteNow(PeerId issuer, ByteString issuerAdmission, Genesis genesis, DateTimeOffset now, int depth, out string why)
    {
        why = "";
        if (issuerAdmission.IsEmpty) return issuer == genesis.Creator || SignedRecords.Fail($"{issuer} issued it without showing that it may.", out why);
        if (depth <= 1) return SignedRecords.Fail($"The admission hangs on more than {IdentityOptions.AdmissionDepthMax} invitations.", out why);
        // An issuer's admission is judged now and not when it issued: whoever is no longer admitted takes along whom it let in.
        if (!TryParseChain(issuerAdmission.Memory, genesis, now, depth - 1, out var by, out why)) return SignedRecords.Fail($"The issuer's own admission does not hold. {why}", out why);
        if (by.Member != issuer) return SignedRecords.Fail("The admission shows another member's right to invite than its issuer's.", out why);
        return by.MayInvite || SignedRecords.Fail($"{issuer} may not invite others into this network.", out why);
    }

    /// <summary>A tracking server lets in by the word of a member: within what the ticket says, and while the ticket was in force; its time does not end the membership.</summary>
    private static bool IsRedeemed(PeerId redeemer, PeerId member, AdmissionBody body, Genesis genesis, DateTimeOffset now, int depth, out string why)
    {
        if (!body.IssuerAdmission.IsEmpty) return SignedRecords.Fail("The admission shows two reasons; it has one.", out why);
        if (!TicketRecord.TryParse(body.Ticket.Memory, out var ticket, out why)) return false;
        if (ticket.Network != genesis.Network) return SignedRecords.Fail("The ticket is for another network.", out why);
        if (ticket.Redeemer != redeemer) return SignedRecords.Fail($"{redeemer} is not the one that redeems this ticket.", out why);
        if (ticket.Holder is { } holder && holder != member) return SignedRecords.Fail("The ticket is for another peer.", out why);
        if ((body.Rights & ~ticket.Rights) != 0) return SignedRecords.Fail("The admission gives more than its ticket does.", out why);
        if (!ticket.IsInForceAt(body.IssuedAtMs)) return SignedRecords.Fail("The ticket was not in force when it was redeemed.", out why);
        return ticket.IsIssuedByOneWhoMay(genesis, now, depth, out why);
    }

    private static bool IsInForce(long expiresAtMs, DateTimeOffset now) =>
        expiresAtMs == 0 || (expiresAtMs > 0 && now.ToUnixTimeMilliseconds() - (long)IdentityOptions.ClockTolerance.TotalMilliseconds <= expiresAtMs);
}
