// Everything between this page and one remote peer: nothing lost, nothing doubled, order kept, whatever happens to links. It outlives its sessions: one ends when the peer
// restarts, leaves or is silent too long, and the next proven link begins another. A core without I/O: facts go in, instructions come out, time is an argument (milliseconds).

import { isSmaller } from '../bytes.js';
import { CloseCode, DeclinedReason, ErrorCode, LeavingReason } from '../wire/codes.js';
import { FrameKind, readCloseBody } from '../wire/frames.js';
import { SessionEnd } from '../wire/messages.js';
import { Conversation } from './conversation.js';
import { SessionLink } from './sessionLinks.js';
import { readResume } from './sessionName.js';
import { earlier, SESSION, Violation } from './sessionOptions.js';

/**
 * @typedef {import('./sessionLinks.js').ProvenLink} ProvenLink
 * @typedef {import('./attachments.js').OwnAttachment} OwnAttachment
 *
 * What the session wants done, in order.
 * @typedef {{ type: 'findLink' } | { type: 'stopFindingLink' }
 *   | { type: 'closeLink', link: number, code: number, text: string, seen: bigint | null }
 *   | { type: 'sessionBegan', remote: import('../identity/records.js').PeerCard, incarnation: bigint, displayName: string }
 *   | { type: 'sessionSuspected' } | { type: 'sessionRecovered' } | { type: 'sessionEnded', reason: number }
 *   | { type: 'selfReplaced', newer: bigint }
 *   | { type: 'attachRequested', network: string, member: Uint8Array }
 *   | { type: 'channelOpened', network: string, member: Uint8Array, windowCost: number }
 *   | { type: 'channelRefused', network: string, why: number }
 *   | { type: 'channelClosed', network: string, reason: number }
 *   | { type: 'channelCredit', network: string | null, messagesConsumed: number, costConsumed: number }
 *   | { type: 'channelFrame', network: string | null, kind: number, flags: number, body: Uint8Array }
 *   | { type: 'invitationReceived', id: bigint, invitation: Uint8Array }
 *   | { type: 'invitationAnswered', id: bigint, reason: number | null, why: string }} SessionInstruction
 */

export class PeerSession {
  /** @type {SessionInstruction[]} */
  #output = [];
  /** @type {OwnAttachment[]} attached while there is no session */
  #wanted = [];
  #decides;
  #selfIncarnation;
  /** @type {Conversation | null} */
  #conversation = null;
  /** The session ends in order: what waits goes first, until `dropAt`; the other side has until `until` to say that all arrived. @type {{ reason: number, dropAt: number, until: number, dropped: boolean } | null} */
  #ending = null;
  /** @type {bigint | null} */
  #newestSeen = null;
  #keepOpen = false;
  #linkWanted = false;
  #finding = false;
  #idleSince = 0;

  /** @param {string} self @param {() => bigint} selfIncarnation @param {string} remote */
  constructor(self, selfIncarnation, remote) {
    this.#decides = isSmaller(self, remote);
    this.#selfIncarnation = selfIncarnation;
  }

  get isConnected() {
    return this.#conversation !== null;
  }

  /** @returns {number | null} */
  get nextDeadline() {
    if (!this.#conversation) return null;
    const own = this.#ending ? (this.#ending.dropped ? this.#ending.until : this.#ending.dropAt) : this.#isIdle ? this.#idleSince + SESSION.idleLinger : null;
    return earlier(this.#conversation.nextDeadline, own);
  }

  /** @returns {SessionInstruction | null} */
  take() {
    return this.#output.shift() ?? null;
  }

  // ---- Links ----

  /** A link to this peer has passed its handshake. @param {ProvenLink} proven @param {number} now */
  handleProven(proven, now) {
    if (this.#newestSeen !== null && proven.remoteIncarnation < this.#newestSeen) {
      this.#say({ type: 'closeLink', link: proven.link, code: CloseCode.Replaced, text: 'A newer incarnation of this peer is known here.', seen: this.#newestSeen });
      return;
    }
    if (this.#newestSeen !== null && proven.remoteIncarnation > this.#newestSeen) this.#end(LeavingReason.Restarted, CloseCode.Done, 'The peer has restarted.', now);
    this.#newestSeen = proven.remoteIncarnation;
    const conversation = this.#conversation ?? this.#begin(proven, now);
    const link = new SessionLink(proven, now);
    conversation.links.add(link);
    if (conversation.watch.heard(now)) this.#say({ type: 'sessionRecovered' });
    if (!this.#decides) link.resume(conversation.name.offer(conversation.receive.receivedUpTo));
    this.#settle(now);
  }

  /** @param {number} id @param {number} code @param {bigint | null} seen @param {number} now */
  handleLost(id, code, seen, now) {
    this.#lose(id, code, seen, now);
    this.#settle(now);
  }

  /** @param {number} id @param {number} code @param {bigint | null} seen @param {number} now */
  #lose(id, code, seen, now) {
    if (code === CloseCode.Replaced && seen !== null && seen > this.#selfIncarnation()) this.#say({ type: 'selfReplaced', newer: seen });
    const conversation = this.#conversation;
    if (!conversation?.links.handleLost(id)) return;
    // The other side closes the link in order once it has read our last word.
    if (this.#ending && code === CloseCode.Done && conversation.send.farewellWritten && !conversation.links.any) this.#end(this.#ending.reason, CloseCode.Done, 'The session has ended.', now);
  }

  /** The link has passed on this many bytes of records. @param {number} id @param {number} bytes */
  handleWritten(id, bytes) {
    const link = this.#conversation?.links.find(id);
    if (link) link.inFlight = Math.max(0, link.inFlight - bytes);
  }

  /** A record to be written now, and the link it goes by. @param {number} now @returns {{ link: number, record: Uint8Array } | null} */
  writeRecord(now) {
    const link = this.#conversation?.links.findWritable(this.#conversation.receive);
    if (!this.#conversation || !link) return null;
    const record = this.#conversation.writeRecord(link);
    this.#settle(now);
    return record.length > 0 ? { link: link.id, record } : null;
  }

  /** One opened record of a link. @param {number} id @param {Uint8Array} record @param {number} now */
  handleRecord(id, record, now) {
    let link = this.#conversation?.links.find(id) ?? null;
    if (!link) return;
    link.reader.feed(record);
    if (!link.isAgreed) {
      link = this.#onResume(link, now);
      if (!link || link.reader.isDone) return this.#settle(now);
    }
    const conversation = /** @type {Conversation} */ (this.#conversation);
    const violation = conversation.handleRecord(link, now);
    if (violation) this.#cutOff(violation, now);
    else if (conversation.remoteEnded !== null) this.#end(this.#ending?.reason ?? conversation.remoteEnded, CloseCode.Done, 'The session has ended.', now);
    this.#settle(now);
  }

  /** The first frame of a link. Null if there is nothing to go on with. @param {SessionLink} link @param {number} now @returns {SessionLink | null} */
  #onResume(link, now) {
    const frame = link.reader.take();
    const close = frame?.header.kind === FrameKind.Close ? readCloseBody(frame.body) : null;
    if (close) {
      // The other side knows a newer incarnation of ours, or does not want this link; it says so before anything else.
      this.#lose(link.id, close.code, close.seen, now);
      this.#say({ type: 'closeLink', link: link.id, code: close.code, text: close.text, seen: null });
      return null;
    }
    const resume = frame?.header.kind === FrameKind.Resume ? readResume(frame.body) : null;
    if (!resume) {
      this.#cutOff(link.reader.broken ?? new Violation('Resume comes first.'), now);
      return null;
    }
    return this.#decides ? this.#onOffer(link, resume, now) : this.#onAnswer(link, resume, now);
  }

  /** @param {SessionLink} link @param {import('./sessionName.js').ResumeFrame} offer @param {number} now */
  #onOffer(link, offer, now) {
    const match = this.#current.name.match(offer);
    if (match === 'other') link = this.#beginAnew(link, now);
    const conversation = this.#current;
    if (match === 'unnamed' || match === 'other') conversation.name.nameFrom(offer, link.proven.fresh);
    const violation = match === 'same' ? conversation.send.onAck(offer.receivedUpTo) : null;
    if (violation instanceof Violation) return this.#cutOff(violation, now);
    link.resume(conversation.name.answer(conversation.receive.receivedUpTo, offer));
    conversation.links.onAgreed(link, now);
    return link;
  }

  /** @param {SessionLink} link @param {import('./sessionName.js').ResumeFrame} answer @param {number} now */
  #onAnswer(link, answer, now) {
    if (!this.#current.name.tryTakeName(answer.sessionId)) {
      link = this.#beginAnew(link, now);
      this.#current.name.tryTakeName(answer.sessionId);
    }
    const conversation = this.#current;
    const violation = conversation.send.onAck(answer.receivedUpTo);
    if (violation instanceof Violation) return this.#cutOff(violation, now);
    conversation.links.onAgreed(link, now);
    return link;
  }

  // ---- Networks, messages, invitations ----

  /** @param {OwnAttachment} ours @param {number} now */
  attach(ours, now) {
    if (this.#conversation && !this.#ending) this.#conversation.attachments.handleAttach(ours);
    else {
      this.#wanted = this.#wanted.filter(wanted => wanted.network !== ours.network);
      if (this.#wanted.length < SESSION.networksMax) this.#wanted.push(ours);
      else this.#say({ type: 'channelRefused', network: ours.network, why: ErrorCode.TooMany });
    }
    this.#settle(now);
  }

  /** @param {string} network @param {number} why @param {number} now */
  refuseAttach(network, why, now) {
    this.#conversation?.attachments.handleRefuse(network, why);
    this.#settle(now);
  }

  /** What was sent before goes first. @param {string} network @param {number} reason @param {number} now */
  detach(network, reason, now) {
    this.#wanted = this.#wanted.filter(wanted => wanted.network !== network);
    this.#conversation?.attachments.handleDetach(network, reason, now);
    this.#settle(now);
  }

  /** Queues a frame of a channel (network null: channel 0). False if the channel is not open: the frame is dropped. @param {string | null} network @param {number} kind @param {number} flags @param {Uint8Array} body @param {number} now */
  trySend(network, kind, flags, body, now) {
    if (!this.#conversation || this.#ending || !this.#conversation.trySend(network, kind, flags, body)) return false;
    if (network === null) this.#idleSince = now;
    this.#settle(now);
    return true;
  }

  /** Everything up to this message of the other side was consumed here. @param {string | null} network @param {number} upTo @param {number} now */
  consume(network, upTo, now) {
    this.#conversation?.consume(network, upTo, now);
    this.#settle(now);
  }

  /** @param {bigint} id @param {Uint8Array} invitation @param {number} now */
  offerInvitation(id, invitation, now) {
    if (this.#conversation && !this.#ending) this.#conversation.invitations.handleOffer(id, invitation);
    else this.#say({ type: 'invitationAnswered', id, reason: DeclinedReason.ConnectionLost, why: 'There is no connection to the peer.' });
    this.#settle(now);
  }

  /** @param {bigint} id @param {number | null} reason null accepts @param {string} why @param {number} now */
  answerInvitation(id, reason, why, now) {
    this.#conversation?.invitations.handleAnswer(id, reason, why);
    this.#settle(now);
  }

  /** Whether the session stays when no network is attached: peers connected at a meeting point do. @param {boolean} keep @param {number} now */
  keepOpen(keep, now) {
    [this.#keepOpen, this.#linkWanted] = [keep, keep && !this.#conversation];
    this.#settle(now);
  }

  /** Ends the session in order: what was sent goes first, within a bound, then the other side is told. @param {number} reason @param {number} now */
  end(reason, now) {
    this.#beginEnding(reason, now);
    this.#settle(now);
  }

  /** @param {number} now */
  handleDeadline(now) {
    const conversation = this.#conversation;
    if (!conversation) return;
    const violation = conversation.handleDeadline(now);
    if (violation) {
      this.#cutOff(violation, now);
      return this.#settle(now);
    }
    switch (conversation.watch.handleDeadline(now)) {
      case 'ping':
        conversation.pingAll(now);
        break;
      case 'suspect':
        this.#say({ type: 'sessionSuspected' });
        conversation.pingAll(now);
        break;
      case 'giveUp':
        this.#end(this.#ending?.reason ?? LeavingReason.ConnectionLost, CloseCode.Lost, 'Nothing was heard for too long.', now);
        break;
    }
    if (this.#conversation && !this.#ending && this.#isIdle && now >= this.#idleSince + SESSION.idleLinger) this.#beginEnding(LeavingReason.Left, now);
    this.#settle(now);
  }

  // ---- Beginning and ending ----

  get #current() {
    return /** @type {Conversation} */ (this.#conversation);
  }

  get #isIdle() {
    return !this.#keepOpen && this.#current.isIdle;
  }

  /** @param {SessionInstruction} instruction */
  #say = instruction => {
    this.#output.push(instruction);
  };

  /** @param {ProvenLink} proven @param {number} now */
  #begin(proven, now) {
    const conversation = new Conversation(this.#decides, proven.fresh, this.#say, now);
    this.#conversation = conversation;
    [this.#linkWanted, this.#idleSince] = [false, now];
    this.#say({ type: 'sessionBegan', remote: proven.remote, incarnation: proven.remoteIncarnation, displayName: proven.displayName });
    for (const wanted of this.#wanted) conversation.attachments.handleAttach(wanted);
    this.#wanted = [];
    return conversation;
  }

  /** The other side does not have our session any more, or never had it: both begin anew on this link. @param {SessionLink} link @param {number} now */
  #beginAnew(link, now) {
    this.#end(this.#ending?.reason ?? LeavingReason.ConnectionLost, CloseCode.Done, 'The session begins anew.', now, link);
    const fresh = new SessionLink(link.proven, now);
    // What else the record holds belongs to the session that begins.
    fresh.reader = link.reader;
    this.#begin(link.proven, now).links.add(fresh);
    return fresh;
  }

  /** @param {number} reason @param {number} code @param {string} text @param {number} now @param {SessionLink | null} [except] */
  #end(reason, code, text, now, except = null) {
    const conversation = this.#conversation;
    if (!conversation) return;
    conversation.close(reason, now);
    conversation.links.closeAll(code, text, except);
    [this.#conversation, this.#ending] = [null, null];
    this.#say({ type: 'sessionEnded', reason });
  }

  /** @param {Violation} violation @param {number} now @returns {null} */
  #cutOff(violation, now) {
    this.#end(LeavingReason.ProtocolViolated, violation.code, violation.text, now);
    return null;
  }

  /** @param {number} reason @param {number} now */
  #beginEnding(reason, now) {
    if (this.#ending) return;
    this.#linkWanted = false;
    this.#wanted = [];
    if (!this.#conversation) this.#say({ type: 'sessionEnded', reason });
    // What waits has three quarters of the time; the rest is for the last word.
    else this.#ending = { reason, dropAt: now + SESSION.endInOrderMax * 0.75, until: now + SESSION.endInOrderMax, dropped: false };
  }

  /** @param {Conversation} conversation @param {{ reason: number, dropAt: number, until: number, dropped: boolean }} ending @param {number} now */
  #goOnEnding(conversation, ending, now) {
    if (now >= ending.until || (conversation.send.farewellWritten && conversation.send.isDone)) return this.#end(ending.reason, CloseCode.Done, 'The session has ended.', now);
    if (ending.dropped) return;
    if (now >= ending.dropAt) conversation.dropQueues();
    else if (!conversation.allSent) return;
    conversation.send.queueFarewell(FrameKind.End, SessionEnd.encode({ reason: ending.reason }));
    ending.dropped = true;
  }

  /** After every fact: what follows from the whole state rather than from one part. @param {number} now */
  #settle(now) {
    const conversation = this.#conversation;
    if (conversation) {
      if (!this.#isIdle) this.#idleSince = now;
      conversation.retimeWatch(now);
      if (conversation.send.isOverflowing) this.#end(LeavingReason.TooSlow, CloseCode.NotReading, 'More waits to be sent than the limits allow.', now);
      else if (this.#ending) this.#goOnEnding(conversation, this.#ending, now);
    }
    const needed = this.#conversation ? !this.#conversation.links.any || this.#conversation.watch.isSuspected : this.#wanted.length > 0 || this.#linkWanted;
    if (needed === this.#finding) return;
    this.#finding = needed;
    this.#say({ type: needed ? 'findLink' : 'stopFindingLink' });
  }
}
