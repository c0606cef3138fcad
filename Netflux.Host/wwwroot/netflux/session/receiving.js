// What comes in: the numbered frames of the other side, each taken once and in order, and the receiving half of a channel.

import { CloseCode } from '../wire/codes.js';
import { costOf, FrameFlags, WHOLE_BYTES_MAX } from '../wire/frames.js';
import { SESSION, Violation } from './sessionOptions.js';

export class ReceiveStream {
  /** Every frame up to this one was taken. */
  receivedUpTo = 0;
  /** The acknowledgement waits no longer for something to travel with. */
  ackIsDue = false;
  #framesPending = 0;
  #bytesPending = 0;
  /** @type {number | null} */
  #ackAt = null;

  get ackIsPending() {
    return this.#framesPending > 0;
  }

  get nextDeadline() {
    return this.ackIsDue ? null : this.#ackAt;
  }

  /**
   * Whether the frame is the next one; one that came before (on a link that is gone) is skipped. A link loses nothing, so a gap is a violation.
   * @param {number} sequence @param {number} size @param {number} now @returns {boolean | Violation}
   */
  onFrame(sequence, size, now) {
    if (sequence > this.receivedUpTo + 1) return new Violation('A gap in the sequence numbers.');
    if (sequence === 0) return new Violation('A numbered frame without its number.');
    const isNew = sequence === this.receivedUpTo + 1;
    if (isNew) this.receivedUpTo = sequence;
    // An old frame means that our acknowledgement did not arrive: it is repeated.
    this.#framesPending++;
    this.#bytesPending += size;
    if (this.#framesPending >= SESSION.ackAfterFrames || this.#bytesPending >= SESSION.ackAfterBytes) this.ackIsDue = true;
    else this.#ackAt ??= now + SESSION.ackDelay;
    return isNew;
  }

  /** @param {number} now */
  handleDeadline(now) {
    if (this.#ackAt !== null && this.#ackAt <= now) this.ackIsDue = true;
  }

  ackWritten() {
    [this.#framesPending, this.#bytesPending, this.#ackAt, this.ackIsDue] = [0, 0, null, false];
  }
}

/** How much came, how much was consumed, and how much of that the other side was told. It holds the sender to the window. */
export class ReceiveChannel {
  messagesReceived = 0;
  messagesConsumed = 0;
  /** Where the next credit stands; kept by CreditReturn. @type {'nothing' | 'later' | 'now'} */
  creditDue = 'nothing';
  /** The large message that comes in; one at a time, because a channel keeps its order. @type {Reassembly | null} */
  reassembly = null;
  #windowCost;
  #messageBytesMax;
  /** @type {{ length: number, reserved: number, confirmSoon: boolean }[]} */
  #unconsumed = [];
  #messagesCredited = 0;
  #costReceived = 0;
  #costConsumed = 0;
  #costCredited = 0;

  /** @param {number} windowCost @param {number} messageBytesMax */
  constructor(windowCost, messageBytesMax) {
    this.#windowCost = windowCost;
    this.#messageBytesMax = messageBytesMax;
  }

  /** @param {number} flags @param {number} length @returns {Violation | null} */
  onMessage(flags, length) {
    if (this.reassembly) return new Violation('A message in the midst of another of its channel.');
    if (length > Math.min(this.#messageBytesMax, WHOLE_BYTES_MAX)) return tooLarge();
    return this.#count(flags, length, 0);
  }

  /** @param {number} flags @param {bigint} announced @returns {Violation | null} */
  onStart(flags, announced) {
    if (this.reassembly) return new Violation('A message in the midst of another of its channel.');
    if (announced > BigInt(this.#messageBytesMax)) return tooLarge();
    const size = Number(announced);
    if (size <= WHOLE_BYTES_MAX) return new Violation('A message of 64 KiB or less is one frame.');
    const violation = this.#count(flags, size, size);
    if (!violation) this.reassembly = new Reassembly(size, flags, this.messagesReceived);
    return violation;
  }

  /** The whole message where this was its last chunk. @param {Uint8Array} chunk @param {boolean} last @param {number} now @returns {Uint8Array | Violation | null} */
  onChunk(chunk, last, now) {
    if (!this.reassembly) return new Violation('A chunk of no message.');
    const outcome = this.reassembly.onChunk(chunk, last, now);
    if (outcome instanceof Uint8Array) this.reassembly = null;
    return outcome;
  }

  /** Everything up to this message was consumed: the reassembly budget that is free again, and whether the sender waits for the news. @param {number} upTo */
  consume(upTo) {
    let [released, confirmSoon] = [0, false];
    // What is still coming in cannot have been consumed: such a number is from an earlier life of the channel.
    const complete = this.messagesReceived - (this.reassembly ? 1 : 0);
    for (; this.messagesConsumed < Math.min(upTo, complete); this.messagesConsumed++) {
      const message = /** @type {{ length: number, reserved: number, confirmSoon: boolean }} */ (this.#unconsumed.shift());
      this.#costConsumed += costOf(message.length);
      released += message.reserved;
      confirmSoon ||= message.confirmSoon;
    }
    return { released, confirmSoon };
  }

  get hasCreditToReturn() {
    return this.messagesConsumed > this.#messagesCredited;
  }

  /** A quarter of the window: often enough that a sender never stands, seldom enough that credit costs nothing. */
  get creditIsWorthwhile() {
    return this.#costConsumed - this.#costCredited >= this.#windowCost / 4;
  }

  takeCredit() {
    [this.#messagesCredited, this.#costCredited] = [this.messagesConsumed, this.#costConsumed];
    return { messagesConsumed: BigInt(this.messagesConsumed), costConsumed: BigInt(this.#costConsumed) };
  }

  /** What the channel holds of the reassembly budget, when it ends. */
  get reserved() {
    const reserved = this.#unconsumed.reduce((sum, message) => sum + message.reserved, 0);
    // The newest is the one that comes in; it has reserved nothing before its grant.
    return this.reassembly && !this.reassembly.granted ? reserved - this.reassembly.size : reserved;
  }

  /** @param {number} flags @param {number} length @param {number} reserved @returns {Violation | null} */
  #count(flags, length, reserved) {
    const cost = costOf(length);
    const outstanding = this.#costReceived - this.#costConsumed;
    if (outstanding > 0 && outstanding + cost > this.#windowCost) return new Violation('A message beyond the credit of its channel.', CloseCode.Flooding);
    this.messagesReceived++;
    this.#costReceived += cost;
    this.#unconsumed.push({ length, reserved, confirmSoon: (flags & FrameFlags.ConfirmSoon) !== 0 });
    return null;
  }
}

const tooLarge = () => new Violation('A message above the limit of its network.', CloseCode.TooLarge);

/** One message above 64 KiB that comes in: announced, then granted, then filled chunk by chunk. */
class Reassembly {
  granted = false;
  /** When a chunk, or the grant, was last seen. */
  progressAt = 0;
  /** @type {Uint8Array | null} */
  #bytes = null;
  #filled = 0;

  /** @param {number} size @param {number} flags @param {number} message its number on the channel */
  constructor(size, flags, message) {
    this.size = size;
    this.flags = flags;
    this.message = message;
  }

  /** @param {number} now */
  grant(now) {
    [this.granted, this.progressAt] = [true, now];
  }

  /** @param {Uint8Array} chunk @param {boolean} last @param {number} now @returns {Uint8Array | Violation | null} */
  onChunk(chunk, last, now) {
    if (!this.granted) return new Violation('A chunk that was not granted.', CloseCode.Flooding);
    if (chunk.length === 0 || chunk.length > this.size - this.#filled) return new Violation('Chunks beyond the announced size.', CloseCode.TooLarge);
    // Memory is taken when the first chunk comes, not when the size is announced.
    this.#bytes ??= new Uint8Array(this.size);
    this.#bytes.set(chunk, this.#filled);
    this.#filled += chunk.length;
    this.progressAt = now;
    if (last !== (this.#filled === this.size)) return new Violation('The last chunk is not where the message ends.');
    return last ? this.#bytes : null;
  }
}
