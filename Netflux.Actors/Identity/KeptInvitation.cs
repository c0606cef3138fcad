using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>Why a kept invitation that a server delivers is dropped.</summary>
internal enum KeptInvitationFault
{
    /// <summary>It has more bytes than any has.</summary>
    TooLong = 1,
    /// <summary>It does not open: it was sealed for another peer, or is said to be of another sender, network or id than it was sealed with.</summary>
    NotSealedForThis,
    /// <summary>What was sealed is not signed, or cannot be read.</summary>
    Malformed,
    /// <summary>Another peer signed it than the server says.</summary>
    OfAnotherSender,
    /// <summary>It was signed for another peer, network or id, and sealed again by somebody who could open it.</summary>
    ForAnother,
    /// <summary>Its time is over.</summary>
    Expired,
    /// <summary>It says a time that is yet to come, or is in force for longer than any may be.</summary>
    TimeWrong,
    /// <summary>Its sender does not show that it is a member of the network through which it came.</summary>
    SenderNotAdmitted,
    /// <summary>The join request itself does not hold.</summary>
    InvitationInvalid,
    /// <summary>This peer is a member already.</summary>
    AlreadyMember,
}

/// <summary>
/// A join request that waits at a tracking server for a member that is offline: signed by its sender with all that it is for, and sealed for its receiver (RFC 9180), so that the server can neither
/// read nor make up nor change one.
/// </summary>
/// <param name="Id">Drawn by the sender.</param>
/// <param name="Through">The network whose server keeps it; both are members.</param>
/// <param name="Sender">As a member of that network: who it is, and what it is called.</param>
/// <param name="Invitation">As it goes to a peer that is connected.</param>
/// <param name="SentAt">By the sender's clock.</param>
/// <param name="Until">When it ends.</param>
internal sealed record KeptInvitation(InvitationId Id, NetworkId Through, MemberRecord Sender, InvitationRecord Invitation, DateTimeOffset SentAt, DateTimeOffset Until)
{
    public const string Purpose = "netflux kept invitation v1";

    private const long MsMax = 253_402_300_799_999 - 86_400_000; // a day before the year 9999 ends, and DateTimeOffset with it: the tolerance of clocks is added to it

    private static ReadOnlySpan<byte> HpkeInfo => "netflux kept invitation v1"u8;

    public static byte[] Seal(KeptInvitation kept, IPeerKeys from, PeerCard to, IEphemeralKeySource keys)
    {
        var body = new KeptInvitationBody
        {
            Through = ByteString.CopyFrom(kept.Through.ToArray()),
            To = ByteString.CopyFrom(to.Id.ToArray()),
            Id = ByteString.CopyFrom(kept.Id.ToArray()),
            Member = ByteString.CopyFrom(kept.Sender.Record.Span),
            Invitation = ByteString.CopyFrom(kept.Invitation.Record.Span),
            SentAtMs = kept.SentAt.ToUnixTimeMilliseconds(),
            UntilMs = kept.Until.ToUnixTimeMilliseconds(),
        };
        return Hpke.Seal(to.SealingPoint, HpkeInfo, Binding(kept.Through, from.Id, to.Id, kept.Id), SignedRecords.Create(from, Purpose, body), keys);
    }

    /// <summary>Null, and the invitation, where all holds that the server says and the sender signed; otherwise why not. Whatever the bytes are, nothing is thrown.</summary>
    /// <param name="sealedBytes">As the server delivers them.</param>
    /// <param name="receiver">This peer.</param>
    /// <param name="through">Of the network at whose door they came.</param>
    /// <param name="from">Who sent them, as the server says.</param>
    /// <param name="id">Under which they came.</param>
    /// <param name="now">The wall clock.</param>
    /// <param name="kept">The invitation.</param>
    /// <param name="why">In words, for a log.</param>
    public static KeptInvitationFault? TryOpen(ReadOnlySpan<byte> sealedBytes, IPeerKeys receiver, Genesis through, PeerId from, InvitationId id, DateTimeOffset now, out KeptInvitation? kept, out string why)
    {
        (kept, why) = (null, "");
        if (sealedBytes.Length > IdentityOptions.KeptInvitationBytesMax) return KeptInvitationFault.TooLong;
        if (!Hpke.TryOpen(sealedBytes, receiver, HpkeInfo, Binding(through.Network, from, receiver.Id, id), out var record)) return KeptInvitationFault.NotSealedForThis;
        if (!SignedRecords.TryVerify(record, Purpose, IdentityOptions.KeptInvitationBytesMax, out var verified, out why)) return KeptInvitationFault.Malformed;
        if (!SignedRecords.TryParseBody(KeptInvitationBody.Parser, verified.Body, out var body) || !IsWellFormed(body, out var said)) return KeptInvitationFault.Malformed;
        if (verified.Signer != from) return KeptInvitationFault.OfAnotherSender;
        // All three are bound by the seal, too; but whoever can open one can seal it again, and a signature is not made again.
        if (PeerId.FromBytes(body.To.Span) != receiver.Id || NetworkId.FromBytes(body.Through.Span) != through.Network || said != id) return KeptInvitationFault.ForAnother;
        var (sent, until) = (DateTimeOffset.FromUnixTimeMilliseconds(body.SentAtMs), DateTimeOffset.FromUnixTimeMilliseconds(body.UntilMs));
        if (until + IdentityOptions.ClockTolerance < now) return KeptInvitationFault.Expired;
        if (sent - IdentityOptions.ClockTolerance > now || until - sent > IdentityOptions.KeptInvitationLifeMax) return KeptInvitationFault.TimeWrong;
        if (!MemberRecord.TryParse(body.Member.Memory, through, now, out var sender, out why) || sender.Id != from) return KeptInvitationFault.SenderNotAdmitted;
        if (!InvitationRecord.TryParse(body.Invitation.Memory, receiver.Id, now, out var invitation, out why) || invitation.From != from) return KeptInvitationFault.InvitationInvalid;
        kept = new KeptInvitation(id, through.Network, sender, invitation, sent, until);
        return null;
    }

    private static bool IsWellFormed(KeptInvitationBody body, out InvitationId id) =>
        InvitationId.TryRead(body.Id.Span, out id) && body.To.Length == PeerId.Length && body.Through.Length == NetworkId.Length && body.SentAtMs is >= 0 and <= MsMax && body.UntilMs is >= 0 and <= MsMax;

    /// <summary>The associated data of the seal: network, sender, receiver, id.</summary>
    private static byte[] Binding(NetworkId through, PeerId from, PeerId to, InvitationId id) => [.. through.ToArray(), .. from.ToArray(), .. to.ToArray(), .. id.ToArray()];
}
