using System.Diagnostics.CodeAnalysis;

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

    public static MemberRecord Create(IPeerKeys member, Genesis genesis, Incarnation incarnation, uint version, string displayName, Admission admission, IReadOnlyList<string> addresses, bool relays) => throw new NotImplementedException();

    public static bool TryParse(ReadOnlyMemory<byte> record, Genesis genesis, DateTimeOffset now, [NotNullWhen(true)] out MemberRecord? member, out string why) => throw new NotImplementedException();
}
