using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>What a member says of itself, signed: card, incarnation, name, admission, where it listens. The highest (incarnation, version) wins. A parsed record is verified, and so is its admission.</summary>
internal sealed class MemberRecord
{
    public const string Purpose = "netflux member v1";
    public const int AddressesMax = 8;       // guess: a host rarely has more than a handful of reachable addresses
    public const int DisplayNameBytesMax = 64; // guess: a line of a member list

    private MemberRecord(ReadOnlyMemory<byte> record, PeerCard card, Incarnation incarnation, uint version, string displayName, Admission admission, IReadOnlyList<string> addresses, bool relays) =>
        (Record, Card, Incarnation, Version, DisplayName, Admission, Addresses, Relays) = (record, card, incarnation, version, displayName, admission, addresses, relays);

    public ReadOnlyMemory<byte> Record { get; }
    public PeerCard Card { get; }
    public PeerId Id => Card.Id;
    public Incarnation Incarnation { get; }
    public uint Version { get; }
    public string DisplayName { get; }
    public Admission Admission { get; }
    public IReadOnlyList<string> Addresses { get; }
    public bool Relays { get; }

    public bool IsNewerThan(MemberRecord other) => (Incarnation, Version).CompareTo((other.Incarnation, other.Version)) > 0;

    public static MemberRecord Create(IPeerKeys member, Genesis genesis, Incarnation incarnation, uint version, string displayName, Admission admission, IReadOnlyList<string> addresses, bool relays)
    {
        if (!RecordText.IsDisplayName(displayName)) throw new ArgumentException($"A display name is one line of at most {DisplayNameBytesMax} bytes in UTF-8.", nameof(displayName));
        if (!RecordText.AreAddresses(addresses)) throw new ArgumentException($"At most {AddressesMax} addresses of at most {IdentityOptions.AddressBytesMax} characters, printable ASCII.", nameof(addresses));
        if (admission.Member != member.Id) throw new ArgumentException("The admission is another member's.", nameof(admission));
        var body = new MemberBody
        {
            Network = ByteString.CopyFrom(genesis.Network.ToArray()),
            Card = ByteString.CopyFrom(member.Card.Bytes.Span),
            Incarnation = incarnation.Value,
            Version = version,
            DisplayName = displayName,
            Admission = ByteString.CopyFrom(admission.Record.Span),
            Addresses = { addresses },
            Relays = relays,
        };
        return new MemberRecord(SignedRecords.Create(member, Purpose, body), member.Card, incarnation, version, displayName, admission, [.. addresses], relays);
    }

    /// <summary>Whether the member's admission lets it invite. Nothing is verified: for what was verified when it was stored.</summary>
    public static bool SaysMayInvite(ReadOnlyMemory<byte> stored) =>
        SignedRecords.TryReadBody(stored.Span, out var memberBody) && SignedRecords.TryParseBody(MemberBody.Parser, memberBody, out var member)
        && SignedRecords.TryReadBody(member.Admission.Span, out var admissionBody) && SignedRecords.TryParseBody(AdmissionBody.Parser, admissionBody, out var admission)
        && (admission.Rights & Admission.RightToInvite) != 0;

    /// <summary>False if malformed, not signed by the member itself, of another network, or without an admission that holds now.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, Genesis genesis, DateTimeOffset now, [NotNullWhen(true)] out MemberRecord? member, out string why)
    {
        member = null;
        if (!SignedRecords.TryVerify(record.Span, Purpose, IdentityOptions.MemberBytesMax, out var verified, out why)) return SignedRecords.Fail($"The member's record is not valid. {why}", out why);
        if (!SignedRecords.TryParseBody(MemberBody.Parser, verified.Body, out var body) || body.Network.Length != NetworkId.Length)
            return SignedRecords.Fail("The member's record is not valid: its body cannot be read.", out why);
        if (NetworkId.FromBytes(body.Network.Span) != genesis.Network) return SignedRecords.Fail("The member's record is of another network.", out why);
        if (!PeerCard.TryParse(body.Card.Span, out var card)) return SignedRecords.Fail("The member's card is not valid.", out why);
        if (card.Id != verified.Signer) return SignedRecords.Fail("The member's record is signed by another peer.", out why);
        if (!RecordText.IsDisplayName(body.DisplayName)) return SignedRecords.Fail("The member's display name is too long, or not one line of text.", out why);
        if (!RecordText.AreAddresses(body.Addresses)) return SignedRecords.Fail("The member's addresses are too many, too long, or not addresses.", out why);
        if (!Admission.TryParse(body.Admission.Memory, genesis, now, out var admission, out why)) return false;
        if (admission.Member != card.Id) return SignedRecords.Fail("The member shows another member's admission.", out why);
        member = new MemberRecord(record.ToArray(), card, new Incarnation(body.Incarnation), body.Version, body.DisplayName, admission, [.. body.Addresses], body.Relays);
        return true;
    }
}
