using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>
/// The signed half of a ticket, which a tracking server is shown and members find in admissions. A parsed one is signed by <see cref="Issuer"/> and well formed; whether that one may let others in,
/// and whether the ticket may be used, is judged apart.
/// </summary>
internal sealed class TicketRecord
{
    public const string Purpose = "netflux ticket v1";
    public const int SerialBytes = 16;

    private const long MsMax = 253_402_300_799_999 - 86_400_000; // a day before the year 9999 ends, and DateTimeOffset with it: the tolerance of clocks is added to it

    private readonly TicketBody _body;

    private TicketRecord(ReadOnlyMemory<byte> record, PeerId issuer, TicketBody body)
    {
        (Record, Issuer, _body) = (record, issuer, body);
        Network = NetworkId.FromBytes(body.Network.Span);
        Holder = body.Holder.IsEmpty ? null : PeerId.FromBytes(body.Holder.Span);
        Redeemer = PeerId.FromBytes(body.Redeemer.Span);
    }

    public ReadOnlyMemory<byte> Record { get; }

    /// <summary>Who signed it.</summary>
    public PeerId Issuer { get; }
    public NetworkId Network { get; }

    /// <summary>Null: whoever shows it.</summary>
    public PeerId? Holder { get; }

    /// <summary>The key of the tracking server that redeems it.</summary>
    public PeerId Redeemer { get; }
    public uint Rights => _body.Rights;

    /// <summary>How many peers it lets in; 0: no limit.</summary>
    public uint Uses => _body.Uses;
    public ReadOnlyMemory<byte> Serial => _body.Serial.Memory;
    public DateTimeOffset IssuedAt => DateTimeOffset.FromUnixTimeMilliseconds(_body.IssuedAtMs);
    public DateTimeOffset ExpiresAt => DateTimeOffset.FromUnixTimeMilliseconds(_body.ExpiresAtMs);

    public static byte[] Create(IPeerKeys issuer, TicketBody body) => SignedRecords.Create(issuer, Purpose, body);

    /// <summary>False, and why, where its bytes are none or its signature does not hold.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, [NotNullWhen(true)] out TicketRecord? ticket, out string why)
    {
        ticket = null;
        if (!SignedRecords.TryVerify(record.Span, Purpose, IdentityOptions.TicketBytesMax, out var verified, out why)) return SignedRecords.Fail($"The ticket is not valid. {why}", out why);
        if (!SignedRecords.TryParseBody(TicketBody.Parser, verified.Body, out var body) || !IsWellFormed(body)) return SignedRecords.Fail("The ticket is not valid: its body cannot be read.", out why);
        ticket = new TicketRecord(record.ToArray(), verified.Signer, body);
        return true;
    }

    /// <summary>With the tolerance of clocks.</summary>
    public bool IsInForceAt(long ms)
    {
        var tolerance = (long)IdentityOptions.ClockTolerance.TotalMilliseconds;
        return ms >= _body.IssuedAtMs - tolerance && ms - tolerance <= _body.ExpiresAtMs;
    }

    public bool IsOpenedBy(ReadOnlySpan<byte> secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(secret, hash);
        return CryptographicOperations.FixedTimeEquals(hash, _body.SecretHash.Span);
    }

    /// <summary>Whether this is what its issuer put beside it: the state of the network's members as it knew it; or nothing where there was nothing.</summary>
    public bool IsBeside(ReadOnlySpan<byte> trackerRoot) =>
        trackerRoot.IsEmpty ? _body.TrackerRootHash.IsEmpty : _body.TrackerRootHash.Span.SequenceEqual(SHA256.HashData(trackerRoot));

    /// <summary>Judged now, as the chain of any admission is.</summary>
    public bool IsIssuedByOneWhoMay(Genesis genesis, DateTimeOffset now, int depth, out string why) =>
        Admission.MayInviteNow(Issuer, _body.IssuerAdmission, genesis, now, depth, out why);

    private static bool IsWellFormed(TicketBody body) =>
        body.Network.Length == NetworkId.Length && (body.Holder.IsEmpty || body.Holder.Length == PeerId.Length) && body.Redeemer.Length == PeerId.Length
        && body.Serial.Length == SerialBytes && body.SecretHash.Length == SHA256.HashSizeInBytes && (body.TrackerRootHash.IsEmpty || body.TrackerRootHash.Length == SHA256.HashSizeInBytes)
        && body.IssuedAtMs is >= 0 and <= MsMax && body.ExpiresAtMs <= MsMax && body.ExpiresAtMs >= body.IssuedAtMs
        && body.ExpiresAtMs - body.IssuedAtMs <= (long)IdentityOptions.TicketLifeMax.TotalMilliseconds;
}
