// The links of one session. Numbered frames go by one of them at a time, the link in use; every link is read. The side that decides (the smaller PeerId) also closes what is
// not needed, so that the two sides never close each other's choice; the other side follows.

import { CloseCode } from '../wire/codes.js';
import { FrameKind } from '../wire/frames.js';
import { RefusedFrame } from '../wire/messages.js';
import { FrameReader } from './frameReader.js';
import { sizeOf } from './sending.js';
import { SESSION } from './sessionOptions.js';

/**
 * @typedef {object} ProvenLink
 * @property {number} link names it inside this page
 * @property {string} kind
 * @property {import('../links/handshake.js').Role} role
 * @property {import('../identity/records.js').PeerCard} remote
 * @property {bigint} remoteIncarnation
 * @property {string} displayName
 * @property {Uint8Array} fresh what the session is called if it begins on this link
 * @property {number} recordBytesMax
 */

/** One proven link: what belongs to it alone. A frame may begin in one record and go on in the next of the same link. */
export class SessionLink {
  reader = new FrameReader();
  /** Both Resumes were exchanged: frames may flow. */
  isAgreed = false;
  /** The link has carried an acknowledgement: it is proven to work both ways. */
  hasCarriedAck = false;
  /** An acknowledgement is to go by this very link. */
  owesAck = false;
  isMidFrame = false;
  /** Written and not yet passed on. */
  inFlight = 0;
  /** @type {import('./sending.js').NumberedFrame | null} the frame that is being written… */
  #frame = null;
  #sequence = 0; // …its number…
  #written = -1; // …and how much of its body has been; below 0 where not even its header has
  /** @type {number | null} */
  #ping = null;
  /** @type {bigint | null} */
  #pong = null;
  /** @type {Uint8Array | null} */
  #resume = null;
  /** @type {number[]} */
  #refused = [];

  /** @param {ProvenLink} proven @param {number} now */
  constructor(proven, now) {
    this.proven = proven;
    this.id = proven.link;
    this.provenAt = now;
    this.heardAt = now;
  }

  /** Something of the link's own is to be written. */
  get hasWork() {
    return this.isMidFrame || this.#resume !== null || (this.isAgreed && (this.owesAck || this.#ping !== null || this.#pong !== null || this.#refused.length > 0));
  }

  /** Room for one more record. One is always allowed, however large. */
  get hasRoom() {
    return this.inFlight === 0 || this.inFlight + this.proven.recordBytesMax <= SESSION.linkBufferBytesMax;
  }

  /** @param {Uint8Array} resume */
  resume(resume) {
    this.#resume = resume;
  }

  /** @param {number} id */
  ping(id) {
    this.#ping = id;
  }

  /** @param {bigint} id */
  pong(id) {
    this.#pong = id;
  }

  /** @param {number} kind */
  refuse(kind) {
    this.#refused.push(kind);
  }

  /**
   * Begins a numbered frame. One that fits into a record but not behind what this one holds begins the next; of one that fits into none, the rest goes on in the next.
   * @param {import('./sending.js').NumberedFrame} frame @param {number} sequence @param {import('./recordWriter.js').RecordWriter} writer
   */
  begin(frame, sequence, writer) {
    [this.#frame, this.#sequence, this.#written] = [frame, sequence, -1];
    this.isMidFrame = sizeOf(frame) <= writer.capacity && sizeOf(frame) > writer.free;
    if (!this.isMidFrame) this.goOn(writer);
  }

  /** @param {import('./recordWriter.js').RecordWriter} writer */
  goOn(writer) {
    const frame = /** @type {import('./sending.js').NumberedFrame} */ (this.#frame);
    if (this.#written < 0) {
      writer.writeHeader({ ...frame, length: frame.body.length, sequence: this.#sequence });
      this.#written = 0;
    }
    this.#written += writer.writeSome(frame.body.subarray(this.#written));
    this.isMidFrame = this.#written < frame.body.length;
    if (!this.isMidFrame) this.#frame = null;
  }

  /** The unnumbered frames: Resume before all others, then acknowledgement, ping, pong. @param {import('./recordWriter.js').RecordWriter} writer @param {import('./receiving.js').ReceiveStream} receive @param {boolean} withAck */
  writeOwn(writer, receive, withAck) {
    if (this.#resume && writer.tryWriteWhole(FrameKind.Resume, this.#resume)) this.#resume = null;
    if (!this.isAgreed || this.#resume) return;
    if ((this.owesAck || withAck) && writer.tryWriteNumber(FrameKind.Ack, receive.receivedUpTo)) {
      this.owesAck = false;
      receive.ackWritten();
    }
    if (this.#ping !== null && writer.tryWriteNumber(FrameKind.Ping, this.#ping)) this.#ping = null;
    if (this.#pong !== null && writer.tryWriteNumber(FrameKind.Pong, this.#pong)) this.#pong = null;
    while (this.#refused.length > 0 && writer.tryWriteWhole(FrameKind.Refused, RefusedFrame.encode({ kind: this.#refused[0] }))) this.#refused.shift();
  }
}

export class SessionLinks {
  /** @type {SessionLink | null} */
  inUse = null;
  #decides;
  #stream;
  #say;
  /** @type {SessionLink[]} */
  #links = [];

  /** @param {boolean} decides @param {import('./sending.js').SendStream} stream @param {(instruction: import('./peerSession.js').SessionInstruction) => void} say */
  constructor(decides, stream, say) {
    this.#decides = decides;
    this.#stream = stream;
    this.#say = say;
  }

  get any() {
    return this.#links.length > 0;
  }

  /** @param {number} id */
  find(id) {
    return this.#links.find(link => link.id === id) ?? null;
  }

  /** @param {SessionLink} link */
  add(link) {
    const oldest = this.#links.find(other => other !== this.inUse);
    if (this.#links.length >= SESSION.linksMax && oldest) this.#close(oldest, CloseCode.Done, 'A newer link was proven.');
    this.#links.push(link);
  }

  /** Both sides know where to go on by this link. @param {SessionLink} link @param {number} now */
  onAgreed(link, now) {
    link.isAgreed = true;
    link.owesAck = true;
    // The follower writes where the decider spoke last; the decider waits for an acknowledgement before it gives up a link that may still be good.
    if (!this.inUse || !this.#decides) this.#use(link);
    else this.inUse.ping(0);
    this.settle(now);
  }

  /** @param {SessionLink} link @param {number} now */
  onAck(link, now) {
    if (link.hasCarriedAck) return;
    link.hasCarriedAck = true;
    this.settle(now);
  }

  /** When a choice between two links falls. @returns {number | null} */
  get nextDeadline() {
    const challenger = this.#decides ? this.#challenger : null;
    return challenger ? challenger.provenAt + SESSION.preferredLinkGrace : null;
  }

  /**
   * A link that has carried an acknowledgement takes over from the one in use, which closes. Of two simultaneous dials the one begun by the smaller PeerId lives: it is kept if
   * it shows life after the other was proven.
   * @param {number} now
   */
  settle(now) {
    const challenger = this.#decides ? this.#challenger : null;
    const old = this.inUse;
    if (!challenger || !old) return;
    if (isPreferredTo(old, challenger)) {
      if (old.heardAt > challenger.provenAt) return this.#close(challenger, CloseCode.Done, 'Of two simultaneous dials the other lives.');
      if (now < challenger.provenAt + SESSION.preferredLinkGrace) return;
    }
    this.#use(challenger);
    this.#close(old, CloseCode.Done, 'A newer link has taken over.');
  }

  /** False if the link was not one of the session. @param {number} id */
  handleLost(id) {
    const link = this.find(id);
    if (link) this.#remove(link);
    return link !== null;
  }

  /** Asks for a sign of life by every link, and closes those that are silent while another speaks. @param {number} id @param {number} suspectAfter @param {number} now */
  ping(id, suspectAfter, now) {
    const heardAt = Math.max(...this.#links.map(link => link.heardAt));
    for (const link of [...this.#links]) {
      if (link.heardAt < heardAt && now - link.heardAt > suspectAfter) this.#close(link, CloseCode.Lost, 'Silent while another link speaks.');
      else link.ping(id);
    }
  }

  /** A link with room and something to write. @param {import('./receiving.js').ReceiveStream} receive */
  findWritable(receive) {
    return this.#links.find(link => link.hasRoom && (link.hasWork || (link === this.inUse && (this.#stream.hasWork || receive.ackIsDue)))) ?? null;
  }

  /** @param {number} code @param {string} text @param {SessionLink | null} [except] */
  closeAll(code, text, except = null) {
    for (const link of [...this.#links]) if (link !== except) this.#close(link, code, text);
  }

  /** The newest link that works both ways and is not in use. */
  get #challenger() {
    return this.#links.findLast(link => link !== this.inUse && link.hasCarriedAck && this.inUse !== null && link.provenAt >= this.inUse.provenAt) ?? null;
  }

  /** @param {SessionLink | null} link */
  #use(link) {
    this.inUse = link;
    this.#stream.rewind();
  }

  /** @param {SessionLink} link @param {number} code @param {string} text */
  #close(link, code, text) {
    this.#say({ type: 'closeLink', link: link.id, code, text, seen: null });
    this.#remove(link);
  }

  /** @param {SessionLink} link */
  #remove(link) {
    this.#links = this.#links.filter(other => other !== link);
    if (link === this.inUse) this.#use(this.#links.findLast(other => other.isAgreed) ?? null);
  }
}

/** @param {SessionLink} link @param {SessionLink} other */
const isPreferredTo = (link, other) =>
  link.proven.role === 'dialler' && other.proven.role === 'listener' && other.provenAt - link.provenAt <= SESSION.simultaneousDialWindow;
