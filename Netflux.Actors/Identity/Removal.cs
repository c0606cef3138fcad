using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>The signed record by which a tracked network loses a member: signed by the member, which leaves, or by the network's creator. So a server cannot make it up.</summary>
internal sealed class Removal
{
    public const string Purpose = "netflux removal v1";

    private Removal(ReadOnlyMemory<byte> record, PeerId member, PeerId by) => (Record, Member, By) = (record, member, by);

    public ReadOnlyMemory<byte> Record { get; }

    public PeerId Member { get; }

    /// <summary>The signer.</summary>
    public PeerId By { get; }

    public static Removal Create(IPeerKeys by, NetworkId network, PeerId member, DateTimeOffset now)
    {
        var body = new RemovalBody { Network = ByteString.CopyFrom(network.ToArray()), Member = ByteString.CopyFrom(member.ToArray()), AtMs = now.ToUnixTimeMilliseconds() };
        return new Removal(SignedRecords.Create(by, Purpose, body), member, by.Card.Id);
    }

    /// <summary>Of whom it is; not verified.</summary>
    public static bool TryReadMember(ReadOnlySpan<byte> record, out PeerId member)
    {
        var isRead = SignedRecords.TryReadBody(record, out var bytes) & SignedRecords.TryParseBody(RemovalBody.Parser, bytes, out var body) && body!.Member.Length == PeerId.Length;
        member = isRead ? PeerId.FromBytes(body!.Member.Span) : default;
        return isRead;
    }

    /// <summary>False if malformed, of another network, or signed by somebody who may not.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, Genesis genesis, [NotNullWhen(true)] out Removal? removal, out string why)
    {
        removal = null;
        if (!SignedRecords.TryVerify(record.Span, Purpose, IdentityOptions.RemovalBytesMax, out var verified, out why)) return SignedRecords.Fail($"The removal is not valid. {why}", out why);
        if (!SignedRecords.TryParseBody(RemovalBody.Parser, verified.Body, out var body) || body.Network.Length != NetworkId.Length || body.Member.Length != PeerId.Length)
            return SignedRecords.Fail("The removal is not valid: its body cannot be read.", out why);
        if (NetworkId.FromBytes(body.Network.Span) != genesis.Network) return SignedRecords.Fail("The removal is of another network.", out why);
        var member = PeerId.FromBytes(body.Member.Span);
        if (verified.Signer != member && verified.Signer != genesis.Creator) return SignedRecords.Fail("The removal is signed by somebody who is neither the member nor the network's creator.", out why);
        removal = new Removal(record.ToArray(), member, verified.Signer);
        return true;
    }
}
