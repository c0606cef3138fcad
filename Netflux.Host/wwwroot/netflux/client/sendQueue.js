// Accepts what users send: a message goes when every receiver has room for it, in the order in which it was sent. A receiver that holds the others up for longer than the grace of the
// topology is dropped, or waited for, as the topology says. A core without I/O.

import { costOf, FrameFlags } from '../wire/frames.js';

/**
 * @typedef {{ windowCost: number, messages: number, cost: number, messagesConsumed: number, costConsumed: number }} Receiver
 * @typedef {{ to: string[], flags: number, payload: Uint8Array, confirm: boolean, accepted: () => void, done: (undelivered: string[]) => void }} Outgoing
 * @typedef {{ waiting: Map<string, number>, undelivered: string[], done: (undelivered: string[]) => void }} Confirmation
 */

export class SendQueue {
  /** @type {Map<string, Receiver>} */
  #receivers = new Map();
  /** @type {Outgoing[]} */
  #waiting = [];
  /** @type {Confirmation[]} */
  #confirmations = [];
  /** @type {number | null} */
  #blockedSince = null;
  #handOver;
  #grace;

  /** @param {(to: string, flags: number, payload: Uint8Array) => void} handOver @param {number} grace */
  constructor(handOver, grace) {
    this.#handOver = handOver;
    this.#grace = grace;
  }

  /** When the first that waits has waited for too long. @returns {number | null} */
  get nextDeadline() {
    return this.#blockedSince === null ? null : this.#blockedSince + this.#grace;
  }

  /** @param {string} member @param {number} windowCost */
  openMember(member, windowCost) {
    this.#receivers.set(member, { windowCost, messages: 0, cost: 0, messagesConsumed: 0, costConsumed: 0 });
  }

  /** What was meant for it alone is undelivered; it no longer holds up others. @param {string} member @param {number} now */
  closeMember(member, now) {
    this.#receivers.delete(member);
    this.#confirmations = this.#confirmations.filter(confirmation => {
      if (confirmation.waiting.delete(member)) confirmation.undelivered.push(member);
      return !this.#settle(confirmation);
    });
    this.#advance(now);
  }

  /** @param {Outgoing} message @param {number} now */
  send(message, now) {
    this.#waiting.push(message);
    this.#advance(now);
  }

  /** @param {string} member @param {number} messages @param {number} cost @param {number} now */
  handleCredit(member, messages, cost, now) {
    const receiver = this.#receivers.get(member);
    if (!receiver) return;
    receiver.messagesConsumed = Math.max(receiver.messagesConsumed, messages);
    receiver.costConsumed = Math.max(receiver.costConsumed, cost);
    this.#confirmations = this.#confirmations.filter(confirmation => {
      if ((confirmation.waiting.get(member) ?? Infinity) <= messages) confirmation.waiting.delete(member);
      return !this.#settle(confirmation);
    });
    this.#advance(now);
  }

  /** Those that hold up the first message for longer than the grace. @param {number} now @returns {string[]} */
  slowMembers(now) {
    if (this.#blockedSince === null || now < this.#blockedSince + this.#grace || this.#waiting.length === 0) return [];
    this.#blockedSince = now;
    const [first] = this.#waiting;
    return first.to.filter(member => !this.#hasRoom(member, first));
  }

  /** @param {number} now */
  #advance(now) {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const { to, flags, payload, confirm, accepted, done } = first;
      if (!to.every(member => this.#hasRoom(member, /** @type {Outgoing} */ (first)))) {
        this.#blockedSince ??= now;
        return;
      }
      this.#waiting.shift();
      this.#blockedSince = null;
      const present = to.filter(member => this.#receivers.has(member));
      // A broadcast is for those who are there, be it nobody; another message was for somebody.
      if (present.length === 0 && !(flags & FrameFlags.Broadcast)) {
        done(to);
        continue;
      }
      const confirmation = { waiting: new Map(), undelivered: to.filter(member => !this.#receivers.has(member)), done };
      for (const member of present) {
        const receiver = /** @type {Receiver} */ (this.#receivers.get(member));
        receiver.messages++;
        receiver.cost += costOf(payload.length);
        confirmation.waiting.set(member, receiver.messages);
        this.#handOver(member, flags, payload);
      }
      accepted();
      if (confirm && !this.#settle(confirmation)) this.#confirmations.push(confirmation);
    }
    this.#blockedSince = null;
  }

  /** Who is gone holds nobody up. @param {string} member @param {Outgoing} message */
  #hasRoom(member, message) {
    const receiver = this.#receivers.get(member);
    if (!receiver) return true;
    const outstanding = receiver.cost - receiver.costConsumed;
    return outstanding === 0 || outstanding + costOf(message.payload.length) <= receiver.windowCost;
  }

  /** True if it is over. @param {Confirmation} confirmation */
  #settle(confirmation) {
    if (confirmation.waiting.size > 0) return false;
    confirmation.done(confirmation.undelivered);
    return true;
  }
}
