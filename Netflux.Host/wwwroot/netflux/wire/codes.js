// Numbers that travel, and the words for them. The same as Netflux.Messages and docs/WIRE.md; a test compares them.

/** @enum {number} */
export const CloseCode = {
  Done: 4000, Lost: 4001,
  HandshakeExpected: 4010, HandshakeTimeout: 4011, HelloInvalid: 4012, VersionNotSupported: 4013, AuthorityMismatch: 4014, ProofInvalid: 4015, ProofReplayed: 4016, WrongPeer: 4017,
  Self: 4018, Replaced: 4019, SealBroken: 4020, ProtocolViolated: 4021, TooLarge: 4022, Flooding: 4023, TooManyUnproven: 4024, Stopping: 4025, Disconnected: 4026, RelayClosed: 4027,
  LeaseExpired: 4040, ConnectedAgain: 4041, TooManyConnections: 4042, NotReading: 4043, IncarnationOld: 4044, NotSignaling: 4045, NameInvalid: 4046,
};

/** @enum {number} */
export const ErrorCode = {
  InvalidTopology: 1, InvalidAddress: 2, NotAMember: 3, AlreadyMember: 4, UnknownPeer: 5, NetworkNotFound: 6, NameTaken: 7, NetworkFull: 8, NotAdmitted: 9, ServerUnreachable: 10,
  NotASignalingServer: 11, TrackingNotSupported: 12, VersionNotSupported: 13, ServerBusy: 14, PeerUnreachable: 15, TimedOut: 16, Cancelled: 17, UnknownRequest: 18, MessageTooLarge: 19,
  SendWindowExceeded: 20, SharedNetworks: 21, IdentityInUse: 22, IdentityInvalid: 23, AnswererTaken: 24, Replaced: 25, Faulted: 26, Stopping: 27, InvalidOptions: 28, TooMany: 29, HubUnreachable: 30,
  AccessDenied: 31, TicketInvalid: 32, TicketExpired: 33, TicketUsedUp: 34, ApprovalAwaited: 35, ApprovalDeclined: 36,
};

/** @enum {number} */
export const LeavingReason = { Left: 1, WentOffline: 2, ConnectionLost: 3, Restarted: 4, TooSlow: 5, Faulted: 6, ProtocolViolated: 7, Disconnected: 8, NetworkFull: 9 };

/** @enum {number} */
export const DeclinedReason = { Declined: 1, NobodyAnswering: 2, TimedOut: 3, AlreadyMember: 4, ConnectionLost: 5, TooMany: 6 };

/** @param {Record<string, number>} codes @param {number} code */
export const isOneOf = (codes, code) => Object.values(codes).includes(code);

/** The name of a code as the surface shows it: "wentOffline". @param {Record<string, number>} codes @param {number} code */
export function nameOf(codes, code) {
  const name = Object.keys(codes).find(key => codes[key] === code) ?? String(code);
  return name[0].toLowerCase() + name.slice(1);
}

/** A reason of a later version is still a leave. What only this side can judge (a lost connection, a restart) is not taken from the other. @param {number} code */
export const leavingReasonFromWire = code =>
  code === LeavingReason.ConnectionLost || code === LeavingReason.Restarted || !isOneOf(LeavingReason, code) ? LeavingReason.Left : code;

/** Why a request failed: a code, and a sentence that says what to do. */
export class NetfluxError extends Error {
  /** @param {number} code of ErrorCode @param {string} text */
  constructor(code, text) {
    super(text);
    this.name = 'NetfluxError';
    /** The code's name, such as "networkNotFound". */
    this.code = nameOf(ErrorCode, code);
    this.number = code;
  }
}
