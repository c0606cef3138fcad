// Lets large messages in, in the order in which they were announced, as far as the session's budget goes.
// Not done: one budget for the page. A page has few sessions, and a browser bounds the memory of a tab itself.

import { FrameKind } from '../wire/frames.js';
import { MessageGrant } from '../wire/messages.js';
import { SESSION, Violation } from './sessionOptions.js';

/** @typedef {import('./sending.js').OpenChannel} OpenChannel */

export class Grants {
  #stream;
  #reserved = 0;
  /** @type {OpenChannel[]} */
  #waiting = [];
  /** @type {OpenChannel[]} */
  #granted = [];

  /** @param {import('./sending.js').SendStream} stream */
  constructor(stream) {
    this.#stream = stream;
  }

  /** @returns {number | null} */
  get nextDeadline() {
    const progress = this.#granted.map(channel => channel.receive.reassembly?.progressAt ?? Infinity);
    const earliest = Math.min(...progress);
    return Number.isFinite(earliest) ? earliest + SESSION.reassemblyStallMax : null;
  }

  /** @param {OpenChannel} channel @param {number} now */
  onStart(channel, now) {
    this.#waiting.push(channel);
    this.#grantWaiting(now);
  }

  /** @param {OpenChannel} channel */
  onComplete(channel) {
    this.#granted = this.#granted.filter(other => other !== channel);
  }

  /** @param {number} bytes @param {number} now */
  release(bytes, now) {
    if (bytes === 0) return;
    this.#reserved -= bytes;
    this.#grantWaiting(now);
  }

  /** @param {OpenChannel} channel @param {number} now */
  close(channel, now) {
    this.onComplete(channel);
    this.release(channel.close(), now);
  }

  /** @param {number} now @returns {Violation | null} */
  handleDeadline(now) {
    const deadline = this.nextDeadline;
    return deadline !== null && deadline <= now ? new Violation('A large message was announced and does not come.') : null;
  }

  /** @param {number} now */
  #grantWaiting(now) {
    for (let channel = this.#waiting[0]; channel; channel = this.#waiting[0]) {
      const message = channel.isClosed ? null : channel.receive.reassembly;
      if (message && !message.granted) {
        // One message alone always fits, so that a limit below a network's message size slows but never blocks.
        if (this.#reserved > 0 && this.#reserved + message.size > SESSION.reassemblyBytesMax) return;
        this.#reserved += message.size;
        message.grant(now);
        this.#granted.push(channel);
        this.#stream.queueControl(FrameKind.MessageGrant, MessageGrant.encode({ channel: channel.remoteNumber, message: BigInt(message.message) }));
      }
      this.#waiting.shift();
    }
  }
}
