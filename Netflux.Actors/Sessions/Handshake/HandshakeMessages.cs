using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;

namespace Netflux.Sessions.Handshake;

/// <summary>What one side of a handshake brings along.</summary>
/// <param name="Keys">Our identity.</param>
/// <param name="EphemeralKeys">One is drawn per link.</param>
/// <param name="Random">For the nonce.</param>
/// <param name="Incarnation">Ours.</param>
/// <param name="DisplayName">Ours.</param>
/// <param name="Expected">Whom the dialler means; null takes anybody.</param>
/// <param name="AuthorityDialled">Of the dialler: what it dialled; null where links have none.</param>
/// <param name="OwnsAuthority">Of the listener: whether an authority is its own; null where links have none.</param>
/// <param name="Binding">Of a link that is encrypted between just these two ends, which then names no authority; null elsewhere. See <see cref="IRawLink.Binding"/>.</param>
/// <param name="Options">The limits.</param>
internal sealed record HandshakeContext(
    IPeerKeys Keys, IEphemeralKeySource EphemeralKeys, IRandomSource Random, Incarnation Incarnation, string DisplayName,
    PeerId? Expected, string? AuthorityDialled, Func<string, bool>? OwnsAuthority, ReadOnlyMemory<byte>? Binding, HandshakeOptions Options);

internal abstract record HandshakeFact;

/// <summary>The link below is there: time runs, and the dialler speaks.</summary>
internal sealed record HandshakeStarted : HandshakeFact;

/// <summary>One message of the link came before the proof.</summary>
internal sealed record HandshakeMessageReceived(ReadOnlyMemory<byte> Message) : HandshakeFact;

internal abstract record HandshakeInstruction;

internal sealed record SendHandshake(ReadOnlyMemory<byte> Message) : HandshakeInstruction;

/// <summary>Both ends have proven who they are. From now on every message of the link is a record.</summary>
/// <param name="Keys">That seal the records; null on a link that has a binding, which needs no seal.</param>
internal sealed record HandshakeProven(PeerCard Remote, Incarnation RemoteIncarnation, string DisplayName, SessionId Fresh, RecordKeys? Keys) : HandshakeInstruction;

/// <summary>The link is of no use.</summary>
/// <param name="Code">Which rule.</param>
/// <param name="Text">In a sentence.</param>
/// <param name="TellOther">Whether the other side is still to be told, with a <see cref="Wire.CloseMessage"/>; false when it was the one that told us.</param>
/// <param name="Seen">With <see cref="CloseCode.Replaced"/>: the newer incarnation of our own identity that the other side claims to know. Not proven.</param>
internal sealed record HandshakeFailed(CloseCode Code, string Text, bool TellOther, Incarnation? Seen) : HandshakeInstruction;
