// One link: proves both ends with a handshake, then moves records between the connection below and the peer's session above. What a data channel carries is sealed by DTLS already,
// and both ends are bound to its certificates; on any other connection records are sealed.

import { CloseCode } from '../wire/codes.js';
import { closeRecord } from '../wire/frames.js';
import { HANDSHAKE_TIMEOUT, LinkHandshake } from './handshake.js';
import { RECORD_OVERHEAD, RecordProtection } from './recordProtection.js';

/**
 * A connection that moves whole binary messages, in order, without knowing what they say.
 * @typedef {object} RawLink
 * @property {'webSocket' | 'dataChannel' | 'relayed'} kind
 * @property {boolean} isSealed whether what it carries needs no seal of ours
 * @property {number} messageBytesMax
 * @property {(message: Uint8Array) => void} send
 * @property {() => Promise<void>} drained resolves once little waits to be passed on
 * @property {(code: number, text: string) => void} close
 * @property {(message: Uint8Array) => void} onMessage
 * @property {(code: number, text: string) => void} onClosed said once
 * @property {() => void} [start] hands over what came before somebody listened
 *
 * @typedef {object} LinkOwner
 * @property {(link: Link, proven: import('./handshake.js').Proven) => void} proven
 * @property {(link: Link, code: number, text: string, seen: bigint | null) => void} notProven
 * @property {(link: Link, record: Uint8Array) => void} record
 * @property {(link: Link, bytes: number) => void} written
 * @property {(link: Link, code: number, text: string) => void} lost
 */

/** What was sent before a close has this long to leave. As long as the close of a data channel may take. */
const CLOSE_LIMIT = 1_000;

let lastId = 0;

export class Link {
  id = ++lastId;
  #raw;
  #context;
  #owner;
  #handshake;
  #timer;
  /** @type {RecordProtection | null} */
  #protection = null;
  #isProven = false;
  #isClosed = false;
  /** What comes is worked off in order, and so is what goes. */
  #incoming = Promise.resolve();
  #outgoing = Promise.resolve();

  /** @param {RawLink} raw @param {import('./handshake.js').HandshakeContext} context @param {LinkOwner} owner */
  constructor(raw, context, owner) {
    this.#raw = raw;
    this.#context = context;
    this.#owner = owner;
    this.#handshake = new LinkHandshake(context);
    this.#timer = setTimeout(() => this.#step(Promise.resolve(this.#handshake.timeOut())), HANDSHAKE_TIMEOUT);
    raw.onMessage = message => {
      this.#incoming = this.#incoming.then(() => this.#onMessage(message));
    };
    raw.onClosed = (code, text) => {
      this.#incoming = this.#incoming.then(() => this.#onClosed(code, text));
    };
    this.#incoming = this.#step(this.#handshake.start());
    raw.start?.();
  }

  get kind() {
    return this.#raw.kind;
  }

  get role() {
    return this.#context.role;
  }

  get raw() {
    return this.#raw;
  }

  get recordBytesMax() {
    return this.#raw.messageBytesMax - (this.#raw.isSealed ? 0 : RECORD_OVERHEAD);
  }

  /** @param {Uint8Array} record */
  send(record) {
    // The nonce is taken now and the message handed over in turn, whatever order the platform seals in.
    const sealed = this.#protection ? this.#protection.seal(record) : Promise.resolve(record);
    this.#outgoing = this.#outgoing.then(async () => {
      if (this.#isClosed) return;
      this.#raw.send(await sealed);
      await this.#raw.drained();
      this.#owner.written(this, record.length);
    });
  }

  /** After what was sent. @param {number} code @param {string} text @param {bigint | null} [seen] with Replaced: the newer incarnation, which is believed only in a record */
  close(code, text, seen = null) {
    if (this.#isClosed) return;
    if (seen !== null && this.#isProven) this.send(closeRecord(code, text, seen));
    clearTimeout(this.#timer);
    const close = () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#raw.close(code, text);
    };
    // Who does not read any more would have it open for as long as the connection below lasts.
    const limit = setTimeout(close, CLOSE_LIMIT);
    this.#outgoing = this.#outgoing.then(() => {
      clearTimeout(limit);
      close();
    });
  }

  /** @param {Uint8Array} message */
  async #onMessage(message) {
    if (this.#isClosed) return;
    if (!this.#isProven) return this.#step(this.#handshake.receive(message));
    const record = this.#protection ? await this.#protection.open(message) : message;
    if (record) this.#owner.record(this, record);
    else this.#lose(CloseCode.SealBroken, 'A record did not open under the keys of this link.');
  }

  /** @param {Promise<import('./handshake.js').HandshakeStep>} stepping */
  async #step(stepping) {
    const step = await stepping;
    if (this.#isClosed) return;
    for (const message of step.send) this.#raw.send(message);
    if (step.proven) {
      clearTimeout(this.#timer);
      if (!this.#raw.isSealed) this.#protection = await RecordProtection.derive(step.proven.secret, step.proven.transcript, this.#context.role);
      this.#isProven = true;
      this.#owner.proven(this, step.proven);
    } else if (step.failed) {
      this.#owner.notProven(this, step.failed.code, step.failed.text, step.failed.seen);
      this.close(step.failed.code, step.failed.text);
    }
  }

  /** @param {number} code @param {string} text */
  #lose(code, text) {
    this.#owner.lost(this, code, text);
    this.close(code, text);
  }

  /** @param {number} code @param {string} text */
  #onClosed(code, text) {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isProven) this.#owner.lost(this, code, text);
    else this.#owner.notProven(this, code, text, null);
  }
}
