using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Messages;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>What one peer lets another know so that they can link: who it is, where it listens, whether the other is to dial, and how a data channel is opened. Signed by the sender, sealed for the receiver (RFC 9180).</summary>
/// <param name="Card">Of the sender.</param>
/// <param name="Network">Which network; null at a meeting point.</param>
/// <param name="MeetingKey">The meeting point's key; null in a network.</param>
/// <param name="Incarnation">Of the sender.</param>
/// <param name="DisplayName">Of the sender.</param>
/// <param name="Admission">Of the sender, as a record; empty at a meeting point. The receiver verifies it against its genesis.</param>
/// <param name="Addresses">Where the sender listens.</param>
/// <param name="AnswerWanted">The first of a pair asks for one back.</param>
/// <param name="PleaseDial">The receiver is to dial.</param>
/// <param name="SentAt">The sender's wall clock.</param>
/// <param name="Nonce">16 bytes, so that no two introductions are alike.</param>
/// <param name="Signal">Of a data channel between the two; null where none is spoken of.</param>
internal sealed record Introduction(
    PeerCard Card, NetworkId? Network, string? MeetingKey, Incarnation Incarnation, string DisplayName, ReadOnlyMemory<byte> Admission,
    IReadOnlyList<string> Addresses, bool AnswerWanted, bool PleaseDial, DateTimeOffset SentAt, ReadOnlyMemory<byte> Nonce, ConnectionSignal? Signal = null)
{
    public const string Purpose = "netflux introduction v1";

    private const long SentAtMsMax = 253_402_300_799_999; // the end of the year 9999, where DateTimeOffset ends

    private static ReadOnlySpan<byte> HpkeInfo => "netflux introduction v1"u8;

    public static byte[] Seal(Introduction introduction, IPeerKeys from, PeerCard to, IEphemeralKeySource keys)
    {
        var body = new IntroductionBody
        {
            To = ByteString.CopyFrom(to.Id.ToArray()),
            Network = introduction.Network is { } network ? ByteString.CopyFrom(network.ToArray()) : ByteString.Empty,
            MeetingKey = introduction.MeetingKey ?? "",
            Incarnation = introduction.Incarnation.Value,
            DisplayName = introduction.DisplayName,
            Card = ByteString.CopyFrom(from.Card.Bytes.Span),
            Admission = ByteString.CopyFrom(introduction.Admission.Span),
            Addresses = { introduction.Addresses },
            AnswerWanted = introduction.AnswerWanted,
            PleaseDial = introduction.PleaseDial,
            SentAtMs = introduction.SentAt.ToUnixTimeMilliseconds(),
            Nonce = ByteString.CopyFrom(introduction.Nonce.Span),
            Signal = introduction.Signal is { } signal ? ConnectionSignal.Write(signal) : null,
        };
        if (introduction.Card.Id != from.Id) throw new ArgumentException("An introduction is signed by the peer that it introduces.", nameof(introduction));
        if (!IsWellFormed(body, out _)) throw new ArgumentException("The introduction has a field that receivers refuse: display name, addresses, room, nonce or signal.", nameof(introduction));
        var sealedBytes = Hpke.Seal(to.SealingPoint, HpkeInfo, [], SignedRecords.Create(from, Purpose, body), keys);
        return sealedBytes.Length <= IdentityOptions.IntroductionBytesMax ? sealedBytes : throw new ArgumentException("The introduction is too long.", nameof(introduction));
    }

    /// <summary>
    /// False if it is not for this peer, does not open, its signature does not hold, or it is too old. Not done: to remember the nonces of those that came, because one that is
    /// repeated within its age brings no more than a dial to the same addresses, which the search holds to its pauses.
    /// </summary>
    public static bool TryOpen(ReadOnlySpan<byte> sealedBytes, IPeerKeys receiver, DateTimeOffset wallClock, [NotNullWhen(true)] out Introduction? introduction)
    {
        introduction = null;
        if (sealedBytes.Length > IdentityOptions.IntroductionBytesMax || !Hpke.TryOpen(sealedBytes, receiver, HpkeInfo, [], out var record)) return false;
        if (!SignedRecords.TryVerify(record, Purpose, IdentityOptions.IntroductionBytesMax, out var verified, out _)) return false;
        if (!SignedRecords.TryParseBody(IntroductionBody.Parser, verified.Body, out var body) || !IsWellFormed(body, out var said)) return false;
        // The receiver is inside the signature: who opens an introduction cannot seal it again for somebody else.
        if (PeerId.FromBytes(body.To.Span) != receiver.Id) return false;
        if (!PeerCard.TryParse(body.Card.Span, out var card) || card.Id != verified.Signer) return false;
        introduction = new Introduction(
            card, body.Network.IsEmpty ? null : NetworkId.FromBytes(body.Network.Span), body.MeetingKey.Length > 0 ? body.MeetingKey : null,
            new Incarnation(body.Incarnation), body.DisplayName, body.Admission.Memory, [.. body.Addresses], body.AnswerWanted, body.PleaseDial,
            DateTimeOffset.FromUnixTimeMilliseconds(body.SentAtMs), body.Nonce.Memory, said);
        if ((introduction.SentAt - wallClock).Duration() <= IdentityOptions.IntroductionAgeMax) return true;
        introduction = null;
        return false;
    }

    private static bool IsWellFormed(IntroductionBody body, out ConnectionSignal? signal)
    {
        signal = null;
        return body.To.Length == PeerId.Length
            && (body.Network.IsEmpty ? DoorName.IsValid(body.MeetingKey) : body.Network.Length == NetworkId.Length && body.MeetingKey.Length == 0)
            && RecordText.IsDisplayName(body.DisplayName)
            && RecordText.AreAddresses(body.Addresses)
            && body.Admission.Length <= IdentityOptions.AdmissionBytesMax
            && body.SentAtMs is >= 0 and <= SentAtMsMax
            && body.Nonce.Length == IdentityOptions.NonceBytes
            && (body.Signal is null || ConnectionSignal.TryRead(body.Signal, out signal));
    }
}
