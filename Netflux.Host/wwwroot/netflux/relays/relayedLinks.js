// Relayed links of one network: a raw link for each circuit. What passes is sealed between its two ends, so the carrier sees sizes and times only.

import { CloseCode } from '../wire/codes.js';
import { RelayEnds } from './relayEnds.js';

/** @typedef {import('../links/link.js').RawLink} RawLink */

const MESSAGE_BYTES_MAX = 33 * 1024; // twice a session's chunk, with the headers, as RelayOptions says

export class RelayedLinks {
  #ends;
  #send;
  #accept;
  /** @type {Map<number, RelayedLink>} */
  #links = new Map();
  /** @type {Map<number, (raw: RelayedLink | null) => void>} that wait to be opened */
  #opening = new Map();

  /**
   * @param {string} self @param {(neighbour: string) => boolean} isDirect @param {(to: string, body: Uint8Array) => void} send as a Relay frame
   * @param {(peer: string, raw: RelayedLink) => void} accept takes a link that the other end opened
   */
  constructor(self, isDirect, send, accept) {
    this.#ends = new RelayEnds(self, isDirect);
    this.#send = send;
    this.#accept = accept;
  }

  get nextDeadline() {
    return this.#ends.nextDeadline;
  }

  /** @param {number} now */
  handleDeadline(now) {
    this.#act(ends => ends.handleDeadline(now));
  }

  /** @param {string} peer @param {string} carrier @param {number} now @returns {Promise<RelayedLink | null>} null where it was not opened */
  open(peer, carrier, now) {
    return new Promise(resolve => this.#act(ends => this.#opening.set(ends.open(peer, carrier, now), resolve)));
  }

  /** @param {string} from @param {Uint8Array} body */
  onFrame(from, body) {
    this.#act(ends => ends.onFrame(from, body));
  }

  /** @param {string} neighbour that is gone, or linked through another member itself */
  handleGone(neighbour) {
    this.#act(ends => ends.handleGone(neighbour));
  }

  /** The network has ended. */
  stop() {
    for (const [circuit] of this.#links) this.#act(ends => ends.close(circuit, CloseCode.RelayClosed));
  }

  /** @param {(ends: RelayEnds) => void} act */
  #act(act) {
    act(this.#ends);
    for (let said = this.#ends.take(); said; said = this.#ends.take()) this.#carry(said);
  }

  /** @param {import('./relayEnds.js').RelayInstruction} said */
  #carry(said) {
    if (said.type === 'send') return this.#send(said.to, said.body);
    const link = this.#links.get(said.circuit);
    switch (said.type) {
      case 'opened': {
        const raw = new RelayedLink(said.carrier, {
          write: message => this.#act(ends => ends.write(said.circuit, message)),
          read: bytes => this.#act(ends => ends.read(said.circuit, bytes)),
          close: code => this.#act(ends => ends.close(said.circuit, code)),
        });
        this.#links.set(said.circuit, raw);
        if (said.role === 'dialler') return this.#settle(said.circuit, raw);
        return this.#accept(said.peer, raw);
      }
      case 'received': return link?.receive(said.message);
      case 'written': return link?.handleWritten();
      case 'closed':
        this.#links.delete(said.circuit);
        this.#settle(said.circuit, null);
        return link?.end(said.code, said.text);
    }
  }

  /** @param {number} circuit @param {RelayedLink | null} raw */
  #settle(circuit, raw) {
    this.#opening.get(circuit)?.(raw);
    this.#opening.delete(circuit);
  }
}

/** @implements {RawLink} */
class RelayedLink {
  kind = /** @type {const} */ ('relayed');
  isSealed = false;
  messageBytesMax = MESSAGE_BYTES_MAX;
  /** @type {(message: Uint8Array) => void} */
  onMessage = message => {
    this.#early.push(message);
  };
  /** @type {(code: number, text: string) => void} */
  onClosed = () => {};
  #circuit;
  /** @type {Uint8Array[]} what comes before somebody listens; bounded by the circuit's window */
  #early = [];
  /** @type {(() => void)[]} */
  #waiting = [];
  #isWritten = true;
  #isClosed = false;

  /** @param {string} carrier @param {{ write: (message: Uint8Array) => void, read: (bytes: number) => void, close: (code: number) => void }} circuit */
  constructor(carrier, circuit) {
    this.carrier = carrier;
    this.#circuit = circuit;
  }

  start() {
    for (const message of this.#early.splice(0)) this.receive(message);
  }

  /** @param {Uint8Array} message */
  receive(message) {
    const wasListenedTo = this.#early.length === 0;
    this.onMessage(message);
    if (wasListenedTo && this.#early.length === 0) this.#circuit.read(message.length);
  }

  /** @param {Uint8Array} message */
  send(message) {
    this.#isWritten = false;
    this.#circuit.write(message);
  }

  async drained() {
    if (!this.#isWritten && !this.#isClosed) await new Promise(resolve => this.#waiting.push(() => resolve(undefined)));
  }

  handleWritten() {
    this.#isWritten = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** @param {number} code */
  close(code) {
    this.#isClosed = true;
    this.#circuit.close(code);
  }

  /** @param {number} code @param {string} text */
  end(code, text) {
    this.#isClosed = true;
    this.handleWritten();
    this.onClosed(code, text);
  }
}
