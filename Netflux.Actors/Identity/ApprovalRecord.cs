using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>The signed wish of a peer to be let into a network; it waits at the tracking server, which can make up none. A parsed one is verified.</summary>
/// <param name="Record">The exact SignedRecord.</param>
/// <param name="Peer">Who signed it.</param>
/// <param name="Network">Into which network.</param>
/// <param name="DisplayName">What the peer calls itself.</param>
/// <param name="Text">For the members; one line, may be empty.</param>
/// <param name="AskedAt">By the peer's clock.</param>
internal sealed record ApprovalRecord(ReadOnlyMemory<byte> Record, PeerId Peer, NetworkId Network, string DisplayName, string Text, DateTimeOffset AskedAt)
{
    public const string Purpose = "netflux approval request v1";

    private const long MsMax = 253_402_300_799_999; // the end of the year 9999, and of DateTimeOffset

    public static bool IsText(string text) => RecordText.IsLine(text, IdentityOptions.ApprovalTextBytesMax);

    public static ApprovalRecord Create(IPeerKeys peer, NetworkId network, string displayName, string text, DateTimeOffset now)
    {
        if (!IsText(text)) throw new ArgumentException($"A text is one line of at most {IdentityOptions.ApprovalTextBytesMax} bytes in UTF-8.", nameof(text));
        var body = new ApprovalRequestBody { Network = ByteString.CopyFrom(network.ToArray()), DisplayName = displayName, Text = text, AskedAtMs = now.ToUnixTimeMilliseconds() };
        return new ApprovalRecord(SignedRecords.Create(peer, Purpose, body), peer.Id, network, displayName, text, DateTimeOffset.FromUnixTimeMilliseconds(body.AskedAtMs));
    }

    /// <summary>False if malformed, or for another network.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, NetworkId network, [NotNullWhen(true)] out ApprovalRecord? asked, out string why)
    {
        asked = null;
        if (!SignedRecords.TryVerify(record.Span, Purpose, IdentityOptions.ApprovalRequestBytesMax, out var verified, out why)) return SignedRecords.Fail($"The wish to join is not valid. {why}", out why);
        if (!SignedRecords.TryParseBody(ApprovalRequestBody.Parser, verified.Body, out var body) || body.Network.Length != NetworkId.Length || body.AskedAtMs is < 0 or > MsMax)
            return SignedRecords.Fail("The wish to join is not valid: its body cannot be read.", out why);
        if (NetworkId.FromBytes(body.Network.Span) != network) return SignedRecords.Fail("The wish is to join another network.", out why);
        if (!RecordText.IsDisplayName(body.DisplayName) || !IsText(body.Text)) return SignedRecords.Fail("The name or text of who wishes to join is too long, or not one line of text.", out why);
        asked = new ApprovalRecord(record.ToArray(), verified.Signer, network, body.DisplayName, body.Text, DateTimeOffset.FromUnixTimeMilliseconds(body.AskedAtMs));
        return true;
    }
}
