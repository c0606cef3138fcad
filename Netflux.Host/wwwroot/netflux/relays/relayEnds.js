// The ends of circuits in this page: open, accept, write within the window, read, close. A core without I/O, as Netflux.Overlays.Relays.RelayEnds is. The page carries for nobody, and
// says so to whoever asks.

import { CloseCode, isOneOf } from '../wire/codes.js';
import { earlier } from '../session/sessionOptions.js';
import { readRelay, RelayStep, writeRelay } from './relayFrame.js';

// Those of Netflux.Overlays.Relays.RelayOptions.
const RECORD_BYTES_MAX = 64 << 10, WINDOW_COST = 256 << 10, MESSAGE_COST = 64, ACCEPTED_MAX = 100, ACCEPTED_PER_PEER_MAX = 4, OPEN_TIMEOUT = 2_000;

/**
 * @typedef {object} End
 * @property {number} id
 * @property {string} carrier
 * @property {string} peer
 * @property {boolean} openedHere
 * @property {bigint} number
 * @property {number | null} openBy null: it is open
 * @property {Uint8Array[]} waiting
 * @property {number} sent @property {number} farRead @property {number} received @property {number} read @property {number} readTold
 *
 * @typedef {{ type: 'send', to: string, body: Uint8Array } | { type: 'opened', circuit: number, peer: string, carrier: string, role: 'dialler' | 'listener' }
 *         | { type: 'received', circuit: number, message: Uint8Array } | { type: 'written', circuit: number } | { type: 'closed', circuit: number, code: number, text: string }} RelayInstruction
 */

export class RelayEnds {
  /** @type {RelayInstruction[]} */
  #outbox = [];
  /** @type {Map<number, End>} */
  #ends = new Map();
  #self;
  #isDirect;
  #lastNumber = 0n;
  #lastId = 0;

  /** @param {string} self @param {(neighbour: string) => boolean} isDirect whether a neighbour is linked directly: a relay over a relay could run in a circle */
  constructor(self, isDirect) {
    this.#self = self;
    this.#isDirect = isDirect;
  }

  /** @returns {number | null} */
  get nextDeadline() {
    return [...this.#ends.values()].reduce((deadline, end) => earlier(deadline, end.openBy), /** @type {number | null} */ (null));
  }

  /** @returns {RelayInstruction | null} */
  take() {
    return this.#outbox.shift() ?? null;
  }

  /** @param {number} now */
  handleDeadline(now) {
    for (const end of [...this.#ends.values()]) {
      if (end.openBy === null || end.openBy > now) continue;
      this.#say(end, RelayStep.Close, CloseCode.RelayClosed);
      this.#finish(end, CloseCode.RelayClosed, 'The far end did not answer through the carrier.');
    }
  }

  // ---- The users of circuits ----

  /** The circuit; `opened` or `closed` follows. @param {string} peer @param {string} carrier @param {number} now */
  open(peer, carrier, now) {
    const end = this.#add(carrier, peer, true, ++this.#lastNumber, now + OPEN_TIMEOUT);
    if (this.#isDirect(carrier) && peer !== carrier) this.#say(end, RelayStep.Open, 0);
    else this.#finish(end, CloseCode.RelayClosed, 'The carrier is not linked directly.');
    return end.id;
  }

  /** What is beyond the window waits until the far end has read; `written` follows. @param {number} circuit @param {Uint8Array} message */
  write(circuit, message) {
    const end = this.#ends.get(circuit);
    if (!end) return;
    end.waiting.push(message);
    this.#flush(end);
  }

  /** The reader is done with a message of so many bytes. @param {number} circuit @param {number} bytes */
  read(circuit, bytes) {
    const end = this.#ends.get(circuit);
    if (!end) return;
    end.read += bytes + MESSAGE_COST;
    // A quarter of the window at a time: few frames, and never less than three quarters for the writer.
    if (end.read - end.readTold < WINDOW_COST / 4) return;
    end.readTold = end.read;
    this.#say(end, RelayStep.Read, end.read);
  }

  /** @param {number} circuit @param {number} code */
  close(circuit, code) {
    const end = this.#ends.get(circuit);
    if (!end) return;
    this.#say(end, RelayStep.Close, code);
    this.#finish(end, code, 'Closed here.');
  }

  /** @param {string} carrier that is not linked directly any more */
  handleGone(carrier) {
    for (const end of [...this.#ends.values()]) if (end.carrier === carrier) this.#finish(end, CloseCode.RelayClosed, 'The carrier is not linked directly any more.');
  }

  // ---- What neighbours say ----

  /** Frames that fit no circuit are dropped: what ended on one side may still be under way from the other. @param {string} from @param {Uint8Array} body */
  onFrame(from, body) {
    const frame = readRelay(body);
    if (!frame) return;
    if (!frame.fromCarrier) {
      // Asked to carry. Every refusal reads the same.
      if (frame.step === RelayStep.Open) this.#send(from, { ...frame, step: RelayStep.Close, fromCarrier: true, fromOpener: false, amount: BigInt(CloseCode.RelayClosed) });
      return;
    }
    const openedHere = !frame.fromOpener;
    const end = [...this.#ends.values()].find(other => other.carrier === from && other.peer === frame.farEnd && other.openedHere === openedHere && other.number === frame.circuit);
    if (frame.step === RelayStep.Open) {
      if (!end && !openedHere) this.#onOpen(from, frame.farEnd, frame.circuit);
    } else if (end) this.#onCircuit(end, frame);
  }

  /** @param {string} carrier @param {string} peer @param {bigint} number */
  #onOpen(carrier, peer, number) {
    const accepted = [...this.#ends.values()].filter(end => !end.openedHere);
    const refused = !this.#isDirect(carrier) || peer === this.#self || accepted.length >= ACCEPTED_MAX || accepted.filter(end => end.peer === peer).length >= ACCEPTED_PER_PEER_MAX;
    if (refused) return this.#send(carrier, { step: RelayStep.Close, fromCarrier: false, fromOpener: false, farEnd: peer, circuit: number, amount: BigInt(CloseCode.RelayClosed) });
    const end = this.#add(carrier, peer, false, number, null);
    this.#say(end, RelayStep.Opened, 0);
    this.#outbox.push({ type: 'opened', circuit: end.id, peer, carrier, role: 'listener' });
  }

  /** @param {End} end @param {import('./relayFrame.js').RelayFrame} frame */
  #onCircuit(end, { step, amount, message }) {
    const isOpen = end.openBy === null;
    if (step === RelayStep.Opened && !isOpen) {
      end.openBy = null;
      this.#outbox.push({ type: 'opened', circuit: end.id, peer: end.peer, carrier: end.carrier, role: 'dialler' });
      this.#flush(end);
    } else if (step === RelayStep.Data && isOpen) this.#onData(end, message);
    else if (step === RelayStep.Read && amount <= BigInt(end.sent) && amount >= BigInt(end.farRead)) {
      end.farRead = Number(amount);
      this.#flush(end);
    } else if (step === RelayStep.Close) {
      this.#finish(end, amount <= 9_999n && isOneOf(CloseCode, Number(amount)) ? Number(amount) : CloseCode.RelayClosed, 'Closed by the far end or the carrier.');
    } else {
      this.#say(end, RelayStep.Close, CloseCode.ProtocolViolated);
      this.#finish(end, CloseCode.ProtocolViolated, 'The carrier sent what does not fit the circuit.');
    }
  }

  /** @param {End} end @param {Uint8Array} message */
  #onData(end, message) {
    end.received += message.length + MESSAGE_COST;
    // The carrier holds the far end to the window beyond what we reported as read; a carrier that does not is cut off here.
    if (message.length > RECORD_BYTES_MAX || end.received - end.readTold > WINDOW_COST) {
      this.#say(end, RelayStep.Close, CloseCode.Flooding);
      return this.#finish(end, CloseCode.Flooding, 'More came through the carrier than was granted.');
    }
    this.#outbox.push({ type: 'received', circuit: end.id, message: message.slice() });
    return undefined;
  }

  // ---- Ends ----

  /** @param {string} carrier @param {string} peer @param {boolean} openedHere @param {bigint} number @param {number | null} openBy @returns {End} */
  #add(carrier, peer, openedHere, number, openBy) {
    const end = { id: ++this.#lastId, carrier, peer, openedHere, number, openBy, waiting: [], sent: 0, farRead: 0, received: 0, read: 0, readTold: 0 };
    this.#ends.set(end.id, end);
    return end;
  }

  /** @param {End} end */
  #flush(end) {
    if (end.openBy !== null) return;
    for (let message = end.waiting[0]; message && end.sent + message.length + MESSAGE_COST - end.farRead <= WINDOW_COST; message = end.waiting[0]) {
      end.waiting.shift();
      end.sent += message.length + MESSAGE_COST;
      this.#send(end.carrier, headerOf(end, RelayStep.Data, 0), message);
    }
    if (end.waiting.length === 0) this.#outbox.push({ type: 'written', circuit: end.id });
  }

  /** @param {End} end @param {number} code @param {string} text */
  #finish(end, code, text) {
    this.#ends.delete(end.id);
    this.#outbox.push({ type: 'closed', circuit: end.id, code, text });
  }

  /** @param {End} end @param {number} step @param {number} amount */
  #say(end, step, amount) {
    this.#send(end.carrier, headerOf(end, step, amount));
  }

  /** @param {string} to @param {Omit<import('./relayFrame.js').RelayFrame, 'message'>} header @param {Uint8Array} [message] */
  #send(to, header, message) {
    this.#outbox.push({ type: 'send', to, body: writeRelay(header, message) });
  }
}

/** @param {End} end @param {number} step @param {number} amount */
const headerOf = (end, step, amount) => ({ step, fromCarrier: false, fromOpener: end.openedHere, farEnd: end.peer, circuit: end.number, amount: BigInt(amount) });
