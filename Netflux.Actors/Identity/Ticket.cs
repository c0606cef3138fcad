using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using Netflux.Core;
using Netflux.Messages;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>
/// Lets a peer into a network that takes invited members only, when it shows the ticket to the tracking server that remembers the network; nobody else need be online. It is passed on as
/// <see cref="Text"/>, which is a secret: whoever has it can use it, unless it is for one peer alone.
/// </summary>
public sealed class Ticket
{
    /// <summary>With which the text of every ticket begins.</summary>
    public const string TextPrefix = "netflux-ticket-";

    private static readonly int s_textLengthMax = TextPrefix.Length + Base64Url.GetEncodedLength(IdentityOptions.TicketBytesMax + IdentityOptions.TicketSecretBytes + IdentityOptions.TrackerRootBytesMax + 16);

    private Ticket(string text, TicketRecord signed, ReadOnlyMemory<byte> secret, ReadOnlyMemory<byte> trackerRoot) => (Text, Signed, Secret, TrackerRoot) = (text, signed, secret, trackerRoot);

    /// <summary>One word of letters, digits, '-' and '_', to be passed on to who is to come.</summary>
    public string Text { get; }

    /// <summary>Into which network.</summary>
    public NetworkId Network => Signed.Network;

    /// <summary>The member that issued it.</summary>
    public PeerId Issuer => Signed.Issuer;

    /// <summary>For whom; null is whoever shows it.</summary>
    public PeerId? Holder => Signed.Holder;

    /// <summary>How many peers it lets in; null is no limit.</summary>
    public long? Uses => Signed.Uses == 0 ? null : Signed.Uses;

    /// <summary>Whether who comes by it may invite others.</summary>
    public bool MayInvite => (Signed.Rights & Admission.RightToInvite) != 0;

    /// <summary>Until when it can be shown, by the clock of its issuer. Who came by it stays a member.</summary>
    public DateTimeOffset ExpiresAt => Signed.ExpiresAt;

    internal TicketRecord Signed { get; }

    internal ReadOnlyMemory<byte> Secret { get; }

    /// <summary>What the tracking server had signed of the network's members; empty for nothing.</summary>
    internal ReadOnlyMemory<byte> TrackerRoot { get; }

    /// <summary>Reads the text of a ticket; false leaves the reason in <paramref name="why"/>, one sentence. Whether the ticket lets anybody in is for the tracking server to say.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Ticket? ticket, [NotNullWhen(false)] out string? why)
    {
        ticket = null;
        why = null;
        text = text?.Trim() ?? "";
        if (!text.StartsWith(TextPrefix, StringComparison.Ordinal)) why = $"This is no ticket: one begins with {TextPrefix}.";
        else if (text.Length > s_textLengthMax) why = $"This is no ticket: it has {text.Length} characters, and none has more than {s_textLengthMax}.";
        else if (!TryDecode(text.AsSpan(TextPrefix.Length), out var parts)) why = "The ticket is damaged or not whole: copy all of it, and nothing else.";
        else if (!TicketRecord.TryParse(parts.Ticket.Memory, out var signed, out var reason)) why = reason;
        else if (!signed.IsOpenedBy(parts.Secret.Span) || !signed.IsBeside(parts.TrackerRoot.Span)) why = "The ticket's parts do not belong together: ask for another one.";
        else ticket = new Ticket(text, signed, parts.Secret.Memory, parts.TrackerRoot.Memory);
        return ticket is not null;
    }

    /// <summary>Without what is secret of it.</summary>
    public override string ToString() => $"{nameof(Ticket)} {{ Network = {Network}, Issuer = {Issuer.Short}, ExpiresAt = {ExpiresAt:O} }}";

    /// <summary>A ticket of a member that may invite.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.NotAdmitted"/>: the issuer may not let others in, or so many invitations lie between it and the creator that nobody would take the ticket.</exception>
    internal static Ticket Issue(IPeerKeys issuer, Genesis genesis, Admission issuerAdmission, in TicketTerms terms, ReadOnlyMemory<byte> trackerRoot, IRandomSource random, DateTimeOffset now)
    {
        Span<byte> serial = stackalloc byte[TicketRecord.SerialBytes], secret = stackalloc byte[IdentityOptions.TicketSecretBytes];
        random.Fill(serial);
        random.Fill(secret);
        var record = TicketRecord.Create(issuer, new TicketBody
        {
            Network = ByteString.CopyFrom(genesis.Network.ToArray()),
            Holder = terms.Holder is { } holder ? ByteString.CopyFrom(holder.ToArray()) : ByteString.Empty,
            Rights = terms.MayInvite ? Admission.RightToInvite : 0,
            IssuedAtMs = now.ToUnixTimeMilliseconds(),
            ExpiresAtMs = (now + terms.Lasts).ToUnixTimeMilliseconds(),
            Uses = terms.Uses,
            Serial = ByteString.CopyFrom(serial),
            SecretHash = ByteString.CopyFrom(SHA256.HashData(secret)),
            Redeemer = ByteString.CopyFrom(terms.Redeemer.ToArray()),
            IssuerAdmission = issuer.Id == genesis.Creator ? ByteString.Empty : ByteString.CopyFrom(issuerAdmission.Record.Span),
            TrackerRootHash = trackerRoot.IsEmpty ? ByteString.Empty : ByteString.CopyFrom(SHA256.HashData(trackerRoot.Span)),
        });
        if (!TicketRecord.TryParse(record, out var signed, out var why) || !signed.IsIssuedByOneWhoMay(genesis, now, IdentityOptions.AdmissionDepthMax, out why)) throw new NetfluxException(NetfluxError.NotAdmitted, why);
        var parts = new TicketText { Ticket = ByteString.CopyFrom(record), Secret = ByteString.CopyFrom(secret), TrackerRoot = ByteString.CopyFrom(trackerRoot.Span) };
        return new Ticket(TextPrefix + Base64Url.EncodeToString(parts.ToByteArray()), signed, parts.Secret.Memory, trackerRoot);
    }

    private static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out TicketText? parts)
    {
        parts = null;
        // Of one ticket there is one text: blanks and padding, which a decoder would skip, are none of it.
        if (text.ContainsAnyExcept(s_characters) || !Base64Url.IsValid(text)) return false;
        return SignedRecords.TryParseBody(TicketText.Parser, ByteString.CopyFrom(Base64Url.DecodeFromChars(text)), out parts);
    }

    private static readonly System.Buffers.SearchValues<char> s_characters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

/// <summary>What a ticket is to say.</summary>
/// <param name="Holder">Null: whoever shows it.</param>
/// <param name="Uses">0: no limit.</param>
/// <param name="Lasts">From now.</param>
/// <param name="MayInvite">Who comes by it may invite others.</param>
/// <param name="Redeemer">The key of the network's tracking server.</param>
internal readonly record struct TicketTerms(PeerId? Holder, uint Uses, TimeSpan Lasts, bool MayInvite, PeerId Redeemer);
