// A silent peer is pinged, then suspected, then given up. Any bytes on any proven link are a sign of life. A deadline that fires late means that this page slept, as hidden
// ones do, and its silence proves nothing: it pings before it judges.

import { SESSION } from './sessionOptions.js';

/** @typedef {{ pingAfter: number, suspectAfter: number, resumeWindow: number }} Liveness */

export class LivenessWatch {
  isSuspected = false;
  #aliveAt;
  #pingAt;

  /** @param {Liveness} timing @param {number} now */
  constructor(timing, now) {
    /** The tightest of the session's networks. */
    this.timing = timing;
    this.#aliveAt = now;
    this.#pingAt = now + timing.pingAfter;
  }

  get #judgeAt() {
    return this.#aliveAt + this.timing.suspectAfter + (this.isSuspected ? this.timing.resumeWindow : 0);
  }

  get nextDeadline() {
    return Math.min(this.#pingAt, this.#judgeAt);
  }

  /** @param {Liveness} timing @param {number} now */
  retime(timing, now) {
    this.timing = timing;
    this.#pingAt = Math.min(this.#pingAt, now + timing.pingAfter);
  }

  /** A sign of life. True if the peer was suspected. @param {number} now */
  heard(now) {
    [this.#aliveAt, this.#pingAt] = [now, now + this.timing.pingAfter];
    const recovered = this.isSuspected;
    this.isSuspected = false;
    return recovered;
  }

  /** @param {number} now @returns {'nothing' | 'ping' | 'suspect' | 'giveUp'} */
  handleDeadline(now) {
    if (now < this.nextDeadline) return 'nothing';
    if (now - this.nextDeadline > SESSION.sleptAfter) {
      // As if the last sign of life was just long enough ago to ask for another.
      this.#aliveAt = now - (this.isSuspected ? this.timing.suspectAfter : this.timing.pingAfter);
      this.#pingAt = now + this.timing.pingAfter;
      return 'ping';
    }
    if (now >= this.#judgeAt) {
      if (this.isSuspected) return 'giveUp';
      this.isSuspected = true;
      return 'suspect';
    }
    this.#pingAt = now + this.timing.pingAfter;
    return 'ping';
  }
}
