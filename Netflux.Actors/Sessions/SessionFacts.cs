using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;

namespace Netflux.Sessions;

/// <summary>Names one session of two incarnations: the first 128 bits of the transcript hash of the link on which it began.</summary>
internal readonly record struct SessionId(UInt128 Value);

/// <summary>When a silent peer is pinged, suspected, and given up (DESIGN §5). A session takes the tightest of its networks'.</summary>
internal sealed record Liveness(TimeSpan PingAfter, TimeSpan SuspectAfter, TimeSpan ResumeWindow);

internal abstract record SessionFact;

// ---- Of links ----

/// <summary>A link to this peer has passed its handshake.</summary>
/// <param name="Fresh">What the session is called if it begins on this link.</param>
internal sealed record LinkProven(LinkId Link, LinkKind Kind, LinkRole Role, PeerCard Remote, Incarnation RemoteIncarnation, string DisplayName, SessionId Fresh, int RecordBytesMax) : SessionFact;

internal sealed record LinkLost(LinkId Link, CloseCode Code, string Text, Incarnation? SeenIncarnation = null) : SessionFact;

/// <summary>The link has passed on this many bytes of records.</summary>
internal sealed record LinkWritten(LinkId Link, int Bytes) : SessionFact;

// ---- Of this side's networks ----

/// <summary>This side lets a network flow over the session, or accepts the other's <see cref="AttachRequested"/>.</summary>
internal sealed record AttachNetwork(NetworkId Network, uint Epoch, ReadOnlyMemory<byte> Member, long WindowCost, int MessageBytesMax, Liveness Liveness) : SessionFact;

internal sealed record RefuseAttach(NetworkId Network, NetfluxError Why) : SessionFact;

/// <summary>This side's membership ends; what was sent before goes first.</summary>
internal sealed record DetachNetwork(NetworkId Network, PeerLeavingReason Reason) : SessionFact;

/// <summary>Everything up to this message of the other side was consumed here.</summary>
internal sealed record ConsumeMessages(NetworkId? Network, ulong UpTo) : SessionFact;

// ---- Of the user ----

/// <summary>Whether the session stays when no network is attached: peers connected at a meeting point do.</summary>
internal sealed record KeepOpen(bool Keep) : SessionFact;

internal sealed record OfferInvitation(ulong Id, ReadOnlyMemory<byte> Invitation) : SessionFact;

/// <param name="Reason">Null accepts.</param>
internal sealed record AnswerInvitation(ulong Id, JoinRequestDeclinedReason? Reason, string Why) : SessionFact;

/// <summary>Ends the session in order: what was sent goes first, within a bound, then the other side is told.</summary>
internal sealed record EndSession(PeerLeavingReason Reason) : SessionFact;
