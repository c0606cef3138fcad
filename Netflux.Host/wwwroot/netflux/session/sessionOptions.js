// The limits and intervals of one session, in bytes and milliseconds: those of Netflux.Sessions.SessionOptions, where each says where it comes from.

export const SESSION = {
  // Sending
  unacknowledgedBytesMax: 4 << 20,
  linkBufferBytesMax: 256 << 10,
  chunkBytes: 16 << 10,
  controlQueueBytesMax: 8 << 20,
  // Receiving
  ackAfterFrames: 64,
  ackAfterBytes: 256 << 10,
  ackDelay: 25,
  creditDelay: 50,
  outsideWindowCost: 256 << 10,
  outsideMessageBytesMax: 1 << 20,
  reassemblyBytesMax: 64 << 20,
  reassemblyStallMax: 60_000,
  // Networks and invitations
  networksMax: 256,
  attachmentsAskedMax: 32,
  attachmentAnswerMax: 10_000,
  invitationsMax: 16,
  invitationBytesMax: 20 << 10,
  memberBytesMax: 32 << 10,
  // Links
  linksMax: 4,
  simultaneousDialWindow: 5_000,
  preferredLinkGrace: 1_000,
  // Life
  liveness: { pingAfter: 2_000, suspectAfter: 5_000, resumeWindow: 8_000 },
  sleptAfter: 2_000,
  idleLinger: 10_000,
  endInOrderMax: 2_000,
  // Abuse
  idleFramesPerSecondMax: 200,
  unnumberedFramesPerRecordMax: 32,
  asksBurst: 512,
  asksPerSecond: 64,
  refusedFramesMax: 16,
};

/** The earlier of two deadlines; null is never. @param {number | null} one @param {number | null} other */
export const earlier = (one, other) => (one === null ? other : other === null ? one : Math.min(one, other));

/** The other side broke a rule: the session is cut off with this code, and the text says which rule. */
export class Violation {
  /** @param {string} text @param {number} [code] of CloseCode; ProtocolViolated by itself */
  constructor(text, code = 4021) {
    this.text = text;
    this.code = code;
  }
}

/** So many at once, and then so many each second. */
export class TokenBucket {
  #tokens;
  #at = 0;

  /** @param {number} burst @param {number} perSecond */
  constructor(burst, perSecond) {
    this.burst = burst;
    this.perSecond = perSecond;
    this.#tokens = burst;
  }

  /** @param {number} now @param {number} [count] */
  tryTake(now, count = 1) {
    if (this.#at > 0) this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) * this.perSecond) / 1_000);
    this.#at = now;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
