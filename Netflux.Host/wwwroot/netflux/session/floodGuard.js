// Counts what the other side may say without credit and without bringing anything new. Most numbered frames are bounded by credit and by what they cause: this is for the rest.

import { CloseCode } from '../wire/codes.js';
import { SESSION, TokenBucket, Violation } from './sessionOptions.js';

export class FloodGuard {
  #asks = new TokenBucket(SESSION.asksBurst, SESSION.asksPerSecond);
  #secondEnds = 0;
  #inSecond = 0;
  #inRecord = 0;
  #refused = 0;

  beginRecord() {
    this.#inRecord = 0;
  }

  /** @returns {Violation | null} */
  onUnnumbered() {
    return ++this.#inRecord > SESSION.unnumberedFramesPerRecordMax ? new Violation('Too many unnumbered frames in one record.', CloseCode.Flooding) : null;
  }

  /** @param {number} now @returns {Violation | null} */
  onNothingNew(now) {
    if (now >= this.#secondEnds) [this.#secondEnds, this.#inSecond] = [now + 1_000, 0];
    return ++this.#inSecond > SESSION.idleFramesPerSecondMax ? new Violation('Too many frames that say nothing new.', CloseCode.Flooding) : null;
  }

  /** @param {number} now @returns {Violation | null} */
  onAsk(now) {
    return this.#asks.tryTake(now) ? null : new Violation('Too many attachments and join requests.', CloseCode.Flooding);
  }

  /** @returns {Violation | null} */
  onRefused() {
    return ++this.#refused > SESSION.refusedFramesMax ? new Violation('Too many frames of unknown kinds.') : null;
  }
}
