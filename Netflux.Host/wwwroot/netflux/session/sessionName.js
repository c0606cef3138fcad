// How the two sides agree which session a link continues. The larger PeerId offers what it has, the smaller decides and answers with a name: one side decides, so several
// links at once, lost answers and lost state on either side come to the same end on both (docs/WIRE.md, "Resume").

import { hex } from '../bytes.js';
import { Resume } from '../wire/messages.js';

const NONE = new Uint8Array(16);
const RESUME_BYTES_MAX = 64;

/** @typedef {{ sessionId: Uint8Array, receivedUpTo: bigint, birth: bigint }} ResumeFrame */

/** @param {Uint8Array} body @returns {ResumeFrame | null} */
export function readResume(body) {
  const resume = body.length <= RESUME_BYTES_MAX ? Resume.decode(body) : null;
  return resume?.sessionId.length === NONE.length ? resume : null;
}

export class SessionName {
  #id = NONE;
  #birth;
  #origin = '';

  /** @param {bigint} birth tells this state from every other that this side has had: half of the fresh id of the link on which it began, which no other link has */
  constructor(birth) {
    this.#birth = birth;
  }

  get isNamed() {
    return this.#id !== NONE;
  }

  /** @param {number} receivedUpTo */
  offer(receivedUpTo) {
    return Resume.encode({ sessionId: this.#id, receivedUpTo: BigInt(receivedUpTo), birth: this.#birth });
  }

  /** @param {number} receivedUpTo @param {ResumeFrame} offer */
  answer(receivedUpTo, offer) {
    return Resume.encode({ sessionId: this.#id, receivedUpTo: BigInt(receivedUpTo), birth: offer.birth });
  }

  /** The decider's view of an offer. @param {ResumeFrame} offer @returns {'unnamed' | 'same' | 'sameUnheard' | 'other'} */
  match(offer) {
    if (!this.isNamed) return 'unnamed';
    if (hex(offer.sessionId) === hex(this.#id)) return 'same';
    // It offers again what this session began from: our answer has not reached it.
    return originOf(offer) === this.#origin ? 'sameUnheard' : 'other';
  }

  /** @param {ResumeFrame} offer @param {Uint8Array} fresh */
  nameFrom(offer, fresh) {
    [this.#id, this.#origin] = [fresh, originOf(offer)];
  }

  /** The follower's view of the answer. False if the decider does not have our session any more. @param {Uint8Array} answered */
  tryTakeName(answered) {
    if (this.isNamed && hex(this.#id) !== hex(answered)) return false;
    this.#id = answered;
    return true;
  }
}

/** @param {ResumeFrame} offer */
const originOf = offer => `${hex(offer.sessionId)} ${offer.birth}`;
