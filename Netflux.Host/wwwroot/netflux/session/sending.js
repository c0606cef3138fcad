// What this side sends under sequence numbers. A frame gets its number when it is picked for the wire: credit and control first, then the channels in turns of one chunk.
// It stays here until it is acknowledged, and a new link writes again from the first that is not.

import { u64 } from '../bytes.js';
import { costOf, FrameFlags, FrameKind, HEADER_BYTES, WHOLE_BYTES_MAX } from '../wire/frames.js';
import { Credit } from '../wire/messages.js';
import { CreditReturn } from './creditReturn.js';
import { SESSION, Violation } from './sessionOptions.js';

/** @typedef {{ kind: number, flags: number, channel: number, body: Uint8Array }} NumberedFrame */

/** @param {NumberedFrame} frame */
export const sizeOf = frame => HEADER_BYTES + frame.body.length;

export class SendStream {
  credit = new CreditReturn();
  /** Every frame up to this one has arrived. */
  acknowledgedUpTo = 0;
  /** The session's last frame was written, and nothing is behind it. */
  farewellWritten = false;
  /** @type {NumberedFrame[]} */
  #unacknowledged = [];
  /** @type {NumberedFrame[]} */
  #control = [];
  /** @type {SendChannel[]} */
  #round = [];
  #cursor = 0; // into #unacknowledged: the next to write on the link in use
  #unacknowledgedBytes = 0;
  #controlBytes = 0;
  #turnBytes = 0; // what the first of the round has written in its turn
  /** @type {NumberedFrame | null} */
  #farewell = null;

  /** More control waits than any honest conversation needs. */
  get isOverflowing() {
    return this.#controlBytes > SESSION.controlQueueBytesMax;
  }

  get hasWork() {
    return this.#cursor < this.#unacknowledged.length || (this.#mayPick && (this.credit.isDue || this.#control.length > 0 || this.#round.length > 0 || this.#farewellCanGo));
  }

  /** Every frame has arrived, and nothing waits. */
  get isDone() {
    return this.#unacknowledged.length === 0 && !this.hasWork;
  }

  get #mayPick() {
    return this.#unacknowledgedBytes < SESSION.unacknowledgedBytesMax && !this.farewellWritten;
  }

  get #farewellCanGo() {
    return this.#farewell !== null && this.#control.length === 0 && this.#round.length === 0;
  }

  /** @param {number} kind @param {Uint8Array} body */
  queueControl(kind, body) {
    this.queue({ kind, flags: 0, channel: 0, body });
  }

  /** @param {NumberedFrame} frame */
  queue(frame) {
    this.#control.push(frame);
    this.#controlBytes += sizeOf(frame);
  }

  /** Something of the channel may have become sendable: a message, credit, a grant. @param {SendChannel} channel */
  offer(channel) {
    if (channel.inRound || !channel.canSend) return;
    channel.inRound = true;
    this.#round.push(channel);
  }

  /** The last frame of the session: it goes when nothing else can. @param {number} kind @param {Uint8Array} body */
  queueFarewell(kind, body) {
    this.#farewell = { kind, flags: 0, channel: 0, body };
  }

  /** Another link is in use: what is not acknowledged is written again. */
  rewind() {
    this.#cursor = 0;
  }

  /** True if it brought something new. @param {bigint} upTo @returns {boolean | Violation} */
  onAck(upTo) {
    if (upTo > BigInt(this.acknowledgedUpTo + this.#unacknowledged.length)) return new Violation('An acknowledgement of what was never sent.');
    const count = Number(upTo) - this.acknowledgedUpTo;
    if (count <= 0) return false;
    for (const frame of this.#unacknowledged.splice(0, count)) this.#unacknowledgedBytes -= sizeOf(frame);
    this.acknowledgedUpTo += count;
    this.#cursor = Math.max(0, this.#cursor - count);
    return true;
  }

  /** The next frame to write, with its number. @returns {{ frame: NumberedFrame, sequence: number } | null} */
  next() {
    if (this.#cursor === this.#unacknowledged.length) {
      const picked = this.#mayPick ? this.#pick() : null;
      if (!picked) return null;
      this.#unacknowledged.push(picked);
      this.#unacknowledgedBytes += sizeOf(picked);
    }
    const frame = this.#unacknowledged[this.#cursor++];
    return { frame, sequence: this.acknowledgedUpTo + this.#cursor };
  }

  /** @returns {NumberedFrame | null} */
  #pick() {
    const due = this.credit.take();
    if (due) return { kind: FrameKind.Credit, flags: 0, channel: 0, body: Credit.encode({ channel: due.remoteNumber, ...due.receive.takeCredit() }) };
    const control = this.#control.shift();
    if (control) {
      this.#controlBytes -= sizeOf(control);
      return control;
    }
    const inTurn = this.#pickInTurn();
    if (inTurn || !this.#farewellCanGo) return inTurn;
    this.farewellWritten = true;
    return this.#farewell;
  }

  /** @returns {NumberedFrame | null} */
  #pickInTurn() {
    for (let channel = this.#round[0]; channel; channel = this.#round[0]) {
      const frame = this.#turnBytes < SESSION.chunkBytes ? channel.pick() : null;
      if (frame) {
        this.#turnBytes += sizeOf(frame);
        return frame;
      }
      this.#round.shift();
      this.#turnBytes = 0;
      channel.inRound = false;
      this.offer(channel);
    }
    return null;
  }
}

/** The sending half of a channel: what waits, the credit of the other side, and one large message on its way. Messages keep their order. */
export class SendChannel {
  /** Whether the channel stands in the round of the SendStream; kept by it. */
  inRound = false;
  #windowCost;
  /** @type {NumberedFrame[]} */
  #messages = [];
  /** @type {{ message: NumberedFrame, granted: boolean, offset: number } | null} */
  #large = null;
  /** @type {NumberedFrame | null} */
  #farewell = null;
  #messagesSent = 0;
  #costSent = 0;
  #costConsumed = 0;

  /** @param {number} number @param {number} windowCost */
  constructor(number, windowCost) {
    this.number = number;
    this.#windowCost = windowCost;
  }

  get isEmpty() {
    return this.#messages.length === 0 && !this.#large;
  }

  /** All that waited has gone, and the farewell too. */
  get isGone() {
    return this.isEmpty && !this.#farewell;
  }

  get canSend() {
    return this.#messageCanGo || (this.#farewell !== null && this.isEmpty);
  }

  get #messageCanGo() {
    return this.#large ? this.#large.granted : this.#messages.length > 0 && this.#hasCredit(this.#messages[0].body.length);
  }

  /** @param {number} flags @param {Uint8Array} body */
  queue(flags, body) {
    this.#messages.push({ kind: FrameKind.Message, flags, channel: this.number, body });
  }

  /** The last frame, to go when all that waits has gone. @param {NumberedFrame} farewell */
  queueFarewell(farewell) {
    this.#farewell = farewell;
  }

  /** The farewell, if it has not gone: the other side asked for it, or the time is over. What waits is forgotten. */
  takeFarewell() {
    const farewell = this.#farewell;
    this.#farewell = null;
    this.drop();
    return farewell;
  }

  drop() {
    this.#messages = [];
    this.#large = null;
  }

  /** The next frame of the channel. @returns {NumberedFrame | null} */
  pick() {
    if (this.#messageCanGo) return this.#large ? this.#pickChunk(this.#large) : this.#pickMessage();
    const farewell = this.isEmpty ? this.#farewell : null;
    if (farewell) this.#farewell = null;
    return farewell;
  }

  /** What the other side has consumed, cumulative. @param {bigint} messages @param {bigint} cost @returns {Violation | null} */
  onCredit(messages, cost) {
    if (messages > BigInt(this.#messagesSent) || cost > BigInt(this.#costSent)) return new Violation('Credit for messages that were not sent.');
    this.#costConsumed = Math.max(this.#costConsumed, Number(cost));
    return null;
  }

  /** @param {bigint} message @returns {Violation | null} */
  onGrant(message) {
    if (!this.#large || this.#large.granted || message !== BigInt(this.#messagesSent)) return new Violation('A grant for a message that does not wait for one.');
    this.#large.granted = true;
    return null;
  }

  #pickMessage() {
    const message = /** @type {NumberedFrame} */ (this.#messages.shift());
    this.#messagesSent++;
    this.#costSent += costOf(message.body.length);
    if (message.body.length <= WHOLE_BYTES_MAX) return message;
    this.#large = { message, granted: false, offset: 0 };
    return { ...message, kind: FrameKind.MessageStart, body: u64(message.body.length) };
  }

  /** @param {{ message: NumberedFrame, offset: number }} large @returns {NumberedFrame} */
  #pickChunk(large) {
    const end = large.offset + SESSION.chunkBytes - HEADER_BYTES;
    const body = large.message.body.subarray(large.offset, end);
    const last = end >= large.message.body.length;
    if (last) this.#large = null;
    else large.offset = end;
    return { kind: FrameKind.MessageChunk, flags: last ? FrameFlags.Last : FrameFlags.None, channel: this.number, body };
  }

  /** One message may always be on its way, so that a window below one message slows but never blocks. @param {number} length */
  #hasCredit(length) {
    const outstanding = this.#costSent - this.#costConsumed;
    return outstanding === 0 || outstanding + costOf(length) <= this.#windowCost;
  }
}

/** A channel through which messages flow both ways. Channel 0 belongs to no network. */
export class OpenChannel {
  /** What still refers to a closed channel lets go of it. */
  isClosed = false;

  /** @param {string | null} network @param {number} remoteNumber @param {SendChannel} send @param {import('./receiving.js').ReceiveChannel} receive */
  constructor(network, remoteNumber, send, receive) {
    this.network = network;
    this.remoteNumber = remoteNumber;
    this.send = send;
    this.receive = receive;
  }

  /** Forgets what waits to be sent; what was held of the reassembly budget. */
  close() {
    this.isClosed = true;
    this.send.drop();
    return this.receive.reserved;
  }
}

