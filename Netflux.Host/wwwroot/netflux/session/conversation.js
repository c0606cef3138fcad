// One session while it lives: its streams, links, channels and watch, and what each incoming frame means to them. PeerSession begins and ends it.

import { viewOf } from '../bytes.js';
import { leavingReasonFromWire } from '../wire/codes.js';
import { FrameFlags, FrameKind, HEADER_BYTES, isNumbered, readNumber } from '../wire/frames.js';
import { Credit, MessageGrant, SessionEnd } from '../wire/messages.js';
import { Attachments, readAttach, readAttachRefused, readDetach } from './attachments.js';
import { FloodGuard } from './floodGuard.js';
import { Grants } from './grants.js';
import { Invitations } from './invitations.js';
import { LivenessWatch } from './livenessWatch.js';
import { ReceiveChannel, ReceiveStream } from './receiving.js';
import { RecordWriter } from './recordWriter.js';
import { OpenChannel, SendChannel, SendStream } from './sending.js';
import { SessionLinks } from './sessionLinks.js';
import { SessionName } from './sessionName.js';
import { earlier, SESSION, Violation } from './sessionOptions.js';

/** @typedef {import('./sessionLinks.js').SessionLink} SessionLink */
/** @typedef {import('../wire/frames.js').FrameHeader} FrameHeader */

export class Conversation {
  send = new SendStream();
  receive = new ReceiveStream();
  /** The other side has ended the session in order, after everything else it sent. @type {number | null} */
  remoteEnded = null;
  #say;
  #guard = new FloodGuard();
  #grants = new Grants(this.send);
  #outside = new OpenChannel(null, 0, new SendChannel(0, SESSION.outsideWindowCost), new ReceiveChannel(SESSION.outsideWindowCost, SESSION.outsideMessageBytesMax));
  #lastPing = 0;

  /** @param {boolean} decides @param {Uint8Array} fresh of the link on which it begins @param {(instruction: import('./peerSession.js').SessionInstruction) => void} say @param {number} now */
  constructor(decides, fresh, say, now) {
    this.#say = say;
    this.links = new SessionLinks(decides, this.send, say);
    this.name = new SessionName(viewOf(fresh).getBigUint64(8));
    this.watch = new LivenessWatch(SESSION.liveness, now);
    this.attachments = new Attachments(say, this.send, this.#grants);
    this.invitations = new Invitations(say, this.send);
  }

  get isIdle() {
    return !this.attachments.any && !this.invitations.any && this.#outside.send.isEmpty;
  }

  get allSent() {
    return this.attachments.allSent && this.#outside.send.isEmpty;
  }

  /** @returns {number | null} */
  get nextDeadline() {
    return [this.watch, this.receive, this.send.credit, this.attachments, this.links, this.#grants].reduce((deadline, part) => earlier(deadline, part.nextDeadline), /** @type {number | null} */ (null));
  }

  // ---- Sending ----

  /** @param {string | null} network @param {number} kind @param {number} flags @param {Uint8Array} body */
  trySend(network, kind, flags, body) {
    const channel = network === null ? this.#outside : this.attachments.open(network);
    if (!channel) return false;
    if (kind === FrameKind.Message) {
      channel.send.queue(flags & (FrameFlags.Broadcast | FrameFlags.ConfirmSoon), body);
      this.send.offer(channel.send);
    } else this.send.queue({ kind, flags, channel: channel.send.number, body });
    return true;
  }

  /** @param {SessionLink} link @returns {Uint8Array} */
  writeRecord(link) {
    const writer = new RecordWriter(link.proven.recordBytesMax);
    if (link.isMidFrame) link.goOn(writer);
    if (!link.isMidFrame) {
      const inUse = link === this.links.inUse;
      // An acknowledgement travels with whatever is written anyway.
      link.writeOwn(writer, this.receive, inUse && (this.receive.ackIsDue || (this.receive.ackIsPending && this.send.hasWork)));
      while (inUse && !link.isMidFrame && writer.hasRoomForFrame) {
        const next = this.send.next();
        if (!next) break;
        link.begin(next.frame, next.sequence, writer);
      }
    }
    link.inFlight += writer.written;
    return writer.record;
  }

  // ---- Receiving ----

  /** The reader of the link has been fed the record. @param {SessionLink} link @param {number} now @returns {Violation | null} */
  handleRecord(link, now) {
    link.heardAt = now;
    if (this.watch.heard(now)) this.#say({ type: 'sessionRecovered' });
    this.#guard.beginRecord();
    if (link.reader.isDone) return this.#guard.onNothingNew(now);
    for (let frame = link.reader.take(); frame && this.remoteEnded === null; frame = link.reader.take()) {
      const { header, body } = frame;
      const violation = isNumbered(header.kind) ? this.#onNumbered(link, header, body, now) : this.#onUnnumbered(link, header, body, now);
      if (violation) return violation;
    }
    return link.reader.broken;
  }

  /** @param {SessionLink} link @param {FrameHeader} header @param {Uint8Array} body @param {number} now @returns {Violation | null} */
  #onUnnumbered(link, header, body, now) {
    if (header.sequence !== 0) return new Violation('A sequence number on an unnumbered frame.');
    const flood = this.#guard.onUnnumbered();
    if (flood) return flood;
    const number = readNumber(body);
    switch (header.kind) {
      case FrameKind.Ack: {
        const isNew = number === null ? malformed(header) : this.send.onAck(number);
        if (isNew instanceof Violation) return isNew;
        this.links.onAck(link, now);
        return isNew ? null : this.#guard.onNothingNew(now);
      }
      case FrameKind.Ping:
        if (number === null) return malformed(header);
        link.pong(number);
        return this.#guard.onNothingNew(now);
      case FrameKind.Pong:
        return number === null ? malformed(header) : this.#guard.onNothingNew(now);
      case FrameKind.Refused:
        return this.#guard.onNothingNew(now);
      default:
        return this.#onUnknown(link, header.kind) ?? this.#guard.onNothingNew(now);
    }
  }

  /** @param {SessionLink} link @param {FrameHeader} header @param {Uint8Array} body @param {number} now @returns {Violation | null} */
  #onNumbered(link, header, body, now) {
    const isNew = this.receive.onFrame(header.sequence, HEADER_BYTES + body.length, now);
    if (isNew instanceof Violation) return isNew;
    if (!isNew) return null;
    switch (header.kind) {
      case FrameKind.Message: case FrameKind.MessageStart: case FrameKind.MessageChunk: case FrameKind.Control: case FrameKind.Relay:
        return this.#onChannelFrame(header, body, now);
      case FrameKind.Attach: {
        const attach = readAttach(body);
        return attach ? this.#guard.onAsk(now) ?? this.attachments.onAttach(attach, now) : malformed(header);
      }
      case FrameKind.AttachRefused: {
        const refused = readAttachRefused(body);
        if (refused) this.attachments.onRefused(refused);
        return refused ? null : malformed(header);
      }
      case FrameKind.Detach: {
        const detach = readDetach(body);
        if (detach) this.attachments.onDetach(detach, now);
        return detach ? null : malformed(header);
      }
      case FrameKind.Credit: return this.#onCredit(header, Credit.decode(body));
      case FrameKind.MessageGrant: return this.#onGrant(header, MessageGrant.decode(body));
      case FrameKind.JoinRequest: return this.#guard.onAsk(now) ?? this.invitations.onRequest(body);
      case FrameKind.JoinAnswer: return this.invitations.onAnswer(body);
      case FrameKind.End: {
        const end = SessionEnd.decode(body);
        if (end) this.remoteEnded = leavingReasonFromWire(end.reason);
        return end ? null : malformed(header);
      }
      default: return this.#onUnknown(link, header.kind);
    }
  }

  /** @param {FrameHeader} header @param {Uint8Array} body @param {number} now @returns {Violation | null} */
  #onChannelFrame(header, body, now) {
    const channel = header.channel === 0 ? this.#outside : this.attachments.byRemoteNumber(header.channel);
    // Frames of a network that is not attached are dropped: they were sent before our Detach arrived.
    if (!channel) return null;
    let { kind, flags } = header;
    if (kind === FrameKind.Message) {
      const beyond = channel.receive.onMessage(flags, body.length);
      if (beyond) return beyond;
    } else if (kind === FrameKind.MessageStart) {
      const size = readNumber(body);
      const refused = size === null ? malformed(header) : channel.receive.onStart(flags, size);
      if (!refused) this.#grants.onStart(channel, now);
      return refused;
    } else if (kind === FrameKind.MessageChunk) {
      const announced = channel.receive.reassembly?.flags ?? 0;
      const outcome = channel.receive.onChunk(body, (flags & FrameFlags.Last) !== 0, now);
      if (!(outcome instanceof Uint8Array)) return outcome;
      this.#grants.onComplete(channel);
      [kind, flags, body] = [FrameKind.Message, announced, outcome];
    }
    this.#say({ type: 'channelFrame', network: channel.network, kind, flags, body: body.slice() });
    return null;
  }

  /** @param {FrameHeader} header @param {any} credit @returns {Violation | null} */
  #onCredit(header, credit) {
    if (!credit) return malformed(header);
    const channel = credit.channel === 0 ? this.#outside : this.attachments.byNumber(credit.channel);
    if (!channel) return null; // detached meanwhile
    const violation = channel.send.onCredit(credit.messagesConsumed, credit.costConsumed);
    if (violation) return violation;
    this.send.offer(channel.send);
    const isOpen = channel.network === null || this.attachments.open(channel.network) !== null;
    if (isOpen) this.#say({ type: 'channelCredit', network: channel.network, messagesConsumed: Number(credit.messagesConsumed), costConsumed: Number(credit.costConsumed) });
    return null;
  }

  /** @param {FrameHeader} header @param {any} grant @returns {Violation | null} */
  #onGrant(header, grant) {
    if (!grant) return malformed(header);
    const channel = grant.channel === 0 ? this.#outside : this.attachments.byNumber(grant.channel);
    if (!channel) return null; // detached meanwhile
    const violation = channel.send.onGrant(grant.message);
    if (!violation) this.send.offer(channel.send);
    return violation;
  }

  /** @param {SessionLink} link @param {number} kind @returns {Violation | null} */
  #onUnknown(link, kind) {
    if (kind & FrameKind.Ignorable) return null;
    link.refuse(kind);
    return this.#guard.onRefused();
  }

  // ---- Consumption, time, end ----

  /** @param {string | null} network @param {number} upTo @param {number} now */
  consume(network, upTo, now) {
    const channel = network === null ? this.#outside : this.attachments.open(network);
    if (!channel) return;
    const { released, confirmSoon } = channel.receive.consume(upTo);
    this.send.credit.onConsumed(channel, confirmSoon, now);
    this.#grants.release(released, now);
  }

  /** @param {number} now */
  pingAll(now) {
    this.links.ping(++this.#lastPing, this.watch.timing.suspectAfter, now);
  }

  /** @param {number} now */
  retimeWatch(now) {
    const timing = this.attachments.liveness ?? SESSION.liveness;
    if (timing !== this.watch.timing) this.watch.retime(timing, now);
  }

  /** @param {number} now @returns {Violation | null} */
  handleDeadline(now) {
    this.receive.handleDeadline(now);
    this.send.credit.handleDeadline(now);
    this.attachments.handleDeadline(now);
    this.links.settle(now);
    return this.#grants.handleDeadline(now);
  }

  /** Time is over for what waits: it is forgotten, so that the last word can go. */
  dropQueues() {
    this.attachments.dropQueues();
    this.#outside.send.drop();
  }

  /** @param {number} reason @param {number} now */
  close(reason, now) {
    this.attachments.closeAll(reason, now);
    this.invitations.closeAll();
  }
}

/** @param {FrameHeader} header */
const malformed = header => new Violation(`A malformed frame of kind ${header.kind.toString(16)}.`);
