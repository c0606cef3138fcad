using System.Diagnostics.CodeAnalysis;

namespace Netflux.Identity;

/// <summary>The signed body of a join request: the genesis, an admission for the invited peer, and what the network is called. A parsed one is verified.</summary>
internal sealed record InvitationRecord(ReadOnlyMemory<byte> Record, PeerId From, Genesis Genesis, Admission Admission, string? Name, string? Server)
{
    public const string Purpose = "netflux invitation v1";

    public static InvitationRecord Create(IPeerKeys inviter, Genesis genesis, Admission forInvited, string? name, string? server) => throw new NotImplementedException();

    public static bool TryParse(ReadOnlyMemory<byte> record, PeerId invited, DateTimeOffset now, [NotNullWhen(true)] out InvitationRecord? invitation, out string why) => throw new NotImplementedException();
}
