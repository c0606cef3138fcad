// When credit goes back: at once for a quarter of the window or a sender that waits, else after a short delay, so that a trickle is confirmed too.

import { SESSION } from './sessionOptions.js';

/** @typedef {import('./sending.js').OpenChannel} OpenChannel */

export class CreditReturn {
  /** @type {OpenChannel[]} */
  #now = [];
  /** @type {{ channel: OpenChannel, at: number }[]} one delay for all: in order of time */
  #later = [];

  get isDue() {
    return this.#now.length > 0;
  }

  get nextDeadline() {
    return this.#later[0]?.at ?? null;
  }

  /** @param {OpenChannel} channel @param {boolean} confirmSoon @param {number} now */
  onConsumed(channel, confirmSoon, now) {
    const receive = channel.receive;
    if (!receive.hasCreditToReturn || receive.creditDue === 'now') return;
    if (confirmSoon || receive.creditIsWorthwhile) {
      receive.creditDue = 'now';
      this.#now.push(channel);
    } else if (receive.creditDue === 'nothing') {
      receive.creditDue = 'later';
      this.#later.push({ channel, at: now + SESSION.creditDelay });
    }
  }

  /** @param {number} now */
  handleDeadline(now) {
    while (this.#later.length > 0 && this.#later[0].at <= now) {
      const { channel } = /** @type {{ channel: OpenChannel }} */ (this.#later.shift());
      if (channel.receive.creditDue === 'later') this.onConsumed(channel, true, now);
    }
  }

  /** @returns {OpenChannel | null} */
  take() {
    for (let due = this.#now.shift(); due; due = this.#now.shift()) {
      due.receive.creditDue = 'nothing';
      if (due.receive.hasCreditToReturn && !due.isClosed) return due;
    }
    return null;
  }
}
