using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Messages;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>The signed body of a join request: the genesis, an admission for the invited peer, and what the network is called. A parsed one is verified.</summary>
/// <param name="Record">The exact SignedRecord.</param>
/// <param name="From">Who signed it.</param>
/// <param name="Genesis">Of the network.</param>
/// <param name="Admission">Of the invited peer.</param>
/// <param name="Name">What the network is called, where it has a name.</param>
/// <param name="Server">Which keeps its door, where one does.</param>
/// <param name="IsTracked">That server remembers its members, as whoever invited says: who accepts becomes one there.</param>
internal sealed record InvitationRecord(ReadOnlyMemory<byte> Record, PeerId From, Genesis Genesis, Admission Admission, string? Name, string? Server, bool IsTracked)
{
    public const string Purpose = "netflux invitation v1";

    public static InvitationRecord Create(IPeerKeys inviter, Genesis genesis, Admission forInvited, string? name, string? server, bool isTracked = false)
    {
        if (!IsNameAndServer(name ?? "", server ?? "")) throw new ArgumentException("The network's name or server is too long, or not one line of text.", nameof(name));
        var body = new InvitationBody
        {
            Genesis = ByteString.CopyFrom(genesis.Record.Span),
            Admission = ByteString.CopyFrom(forInvited.Record.Span),
            Name = name ?? "",
            Server = server ?? "",
            Tracked = isTracked,
        };
        return new InvitationRecord(SignedRecords.Create(inviter, Purpose, body), inviter.Id, genesis, forInvited, name, server, isTracked);
    }

    /// <summary>False if malformed, or if its admission does not let <paramref name="invited"/> into its network now. That <see cref="From"/> is who sent it is for the caller.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, PeerId invited, DateTimeOffset now, [NotNullWhen(true)] out InvitationRecord? invitation, out string why)
    {
        invitation = null;
        if (!SignedRecords.TryVerify(record.Span, Purpose, IdentityOptions.InvitationBytesMax, out var verified, out why)) return SignedRecords.Fail($"The invitation is not valid. {why}", out why);
        if (!SignedRecords.TryParseBody(InvitationBody.Parser, verified.Body, out var body)) return SignedRecords.Fail("The invitation is not valid: its body cannot be read.", out why);
        if (!IsNameAndServer(body.Name, body.Server)) return SignedRecords.Fail("The invitation's name or server is too long, or not one line of text.", out why);
        if (!Genesis.TryParse(body.Genesis.Memory, out var genesis, out _, out why)) return false;
        if (!Admission.TryParse(body.Admission.Memory, genesis, now, out var admission, out why)) return false;
        if (admission.Member != invited) return SignedRecords.Fail("The invitation is for another peer.", out why);
        invitation = new InvitationRecord(record.ToArray(), verified.Signer, genesis, admission, body.Name.Length > 0 ? body.Name : null, body.Server.Length > 0 ? body.Server : null, body.Tracked);
        return true;
    }

    private static bool IsNameAndServer(string name, string server) =>
        (name.Length == 0 || DoorName.IsValid(name)) && RecordText.IsLine(server, IdentityOptions.ServerBytesMax);
}
