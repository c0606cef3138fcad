using System.Diagnostics.CodeAnalysis;

namespace Netflux.Identity;

/// <summary>The signed record that lets one peer into one network. <see cref="TryParse"/> verifies it against the genesis, with the chain of issuers up to the creator.</summary>
internal sealed class Admission
{
    public const string Purpose = "netflux admission v1";

    private Admission(ReadOnlyMemory<byte> record, PeerId member, PeerId issuer, bool mayInvite) =>
        (Record, Member, Issuer, MayInvite) = (record, member, issuer, mayInvite);

    public ReadOnlyMemory<byte> Record { get; }
    public PeerId Member { get; }
    public PeerId Issuer { get; }
    public bool MayInvite { get; }

    /// <summary>An admission for <paramref name="member"/>. The issuer is the member itself in an open network, the creator, or an admitted member that may invite (<paramref name="issuerAdmission"/>).</summary>
    public static Admission Issue(IPeerKeys issuer, Genesis genesis, PeerId member, Admission? issuerAdmission, bool mayInvite, DateTimeOffset now, DateTimeOffset? expires) => throw new NotImplementedException();

    /// <summary>False if malformed, of another network or member, expired (with two minutes of tolerance), or not issued by one who may.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, Genesis genesis, DateTimeOffset now, [NotNullWhen(true)] out Admission? admission, out string why) => throw new NotImplementedException();
}
