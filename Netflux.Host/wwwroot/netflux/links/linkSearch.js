// How a link to one remote peer is found: the addresses on which it listens are dialled, staggered as RFC 8305 §5 says; when none leads anywhere, introductions ask for others, and carry
// the offer of a data channel; when nothing came of them, members relay. Each way is tried again with a back-off of its own until the search is stopped. A core without I/O, as
// Netflux.Sessions.LinkSearch is, without what a browser has no use for: it does not listen.

import { jitter } from '../fullMesh/options.js';
import { earlier, TokenBucket } from '../session/sessionOptions.js';

// Those of Netflux.Sessions.LinkSearchOptions, in milliseconds.
const DIAL_STAGGER = 250, RETRY_MIN = 250, RETRY_MAX = 5_000, RETRY_SPREAD = 0.2, DIAL_PATIENCE = 5_500;
const INTRODUCE_AFTER = 1_000, INTRODUCTION_WAIT = 2_000, INTRODUCER_STAGGER = 500, RELAY_WAIT = 2_000, ROUND_TIME = 5_000, ADDRESSES_MAX = 16;
const UPGRADE_MIN = 5_000, UPGRADE_MAX = 300_000;
// Introductions that make us dial or answer: at once, and then each second. Guess: a few searches of the other side, each with an offer per 2 s.
const INTRODUCTIONS_BURST = 8, INTRODUCTIONS_PER_SECOND = 1;

/**
 * @typedef {{ address: string, dialledAt: number | null, dueAt: number | null, attempts: number, failed: boolean }} SearchedAddress
 * @typedef {{ through: string, dueAt: number, attempts: number, failed: boolean }} SearchedWay
 * @typedef {{ type: 'dial', address: string } | { type: 'introduce', through: string, answerWanted: boolean, pleaseDial: boolean } | { type: 'answerOffer', through: string }
 *         | { type: 'openRelay', way: string } | { type: 'searchFailed', text: string }} SearchInstruction
 */

export class LinkSearch {
  /** @type {SearchInstruction[]} */
  #outbox = [];
  /** @type {SearchedAddress[]} */
  #addresses = [];
  /** @type {SearchedWay[]} */
  #introducers = [];
  /** @type {SearchedWay[]} */
  #relays = [];
  /** A relayed link is there; a direct one is looked for now and then. @type {{ nextAt: number, attempts: number } | null} */
  #upgrading = null;
  /** @type {{ since: number, roundSince: number, toldFailed: boolean } | null} */
  #search = null;
  /** The peer listens where we may not dial: its answer to our offer is what is left. */
  #nothingToDial = false;
  #nextDial = 0;
  #lastIntroduced = -Infinity;
  #lastRelayed = -Infinity;
  /** @type {number | null} in this search */
  #firstIntroduced = null;
  #heeded = new TokenBucket(INTRODUCTIONS_BURST, INTRODUCTIONS_PER_SECOND);
  #remote;
  #random;

  /** @param {string} remote @param {() => number} random */
  constructor(remote, random) {
    this.#remote = remote;
    this.#random = random;
  }

  /** @returns {number | null} */
  get nextDeadline() {
    let deadline = /** @type {number | null} */ (null);
    for (const address of this.#addresses) {
      const due = this.#dueOf(address);
      if (due !== null) deadline = earlier(deadline, Math.max(due, this.#nextDial));
    }
    if (!this.#search) return earlier(deadline, this.#upgrading?.nextAt ?? null);
    deadline = earlier(deadline, this.#search.roundSince + ROUND_TIME);
    for (const way of this.#relays) deadline = earlier(deadline, Math.max(way.dueAt, this.#relayAt, this.#lastRelayed + INTRODUCER_STAGGER));
    for (const way of this.#introducers) deadline = earlier(deadline, Math.max(way.dueAt, this.#introduceAt, this.#lastIntroduced + INTRODUCER_STAGGER));
    return deadline;
  }

  /** @returns {SearchInstruction | null} */
  take() {
    return this.#outbox.shift() ?? null;
  }

  /** @param {number} now */
  start(now) {
    if (this.#search) return;
    this.#search = { since: now, roundSince: now, toldFailed: false };
    this.#nothingToDial = false;
    for (const address of this.#addresses) Object.assign(address, { dialledAt: null, dueAt: now, attempts: 0, failed: false });
    for (const way of [...this.#introducers, ...this.#relays]) Object.assign(way, { dueAt: now, attempts: 0, failed: false });
    [this.#lastIntroduced, this.#lastRelayed, this.#firstIntroduced, this.#upgrading] = [-Infinity, -Infinity, null, null];
    this.handleDeadline(now);
  }

  /** @param {boolean} isRelayed whether the only links are relayed: then a direct one is still looked for @param {number} now */
  stop(isRelayed, now) {
    this.#search = null;
    for (const address of this.#addresses) address.dueAt = null;
    this.setRelayed(isRelayed, now);
  }

  /** @param {boolean} isRelayed @param {number} now */
  setRelayed(isRelayed, now) {
    if (!isRelayed) this.#upgrading = null;
    else if (!this.#search) this.#upgrading ??= { nextAt: now + jitter(UPGRADE_MIN, RETRY_SPREAD, this.#random), attempts: 0 };
  }

  /** Where the remote peer listens; only what may be dialled. Adds to what is known. @param {string[]} addresses @param {number} now */
  learn(addresses, now) {
    for (const address of addresses.slice(0, ADDRESSES_MAX)) {
      if (this.#addresses.some(known => known.address === address)) continue;
      if (this.#addresses.length >= ADDRESSES_MAX) this.#addresses.shift();
      this.#addresses.push({ address, dialledAt: null, dueAt: this.#search ? now : null, attempts: 0, failed: false });
    }
    this.handleDeadline(now);
  }

  /** All ways to send an introduction, best first. @param {string[]} introducers @param {number} now */
  setIntroducers(introducers, now) {
    this.#introducers = waysOf(introducers, this.#introducers, now);
    this.handleDeadline(now);
  }

  /** All members that may carry a relayed link, best first. @param {string[]} carriers @param {number} now */
  setCarriers(carriers, now) {
    this.#relays = waysOf(carriers, this.#relays, now);
    this.handleDeadline(now);
  }

  /** The relayed link could not be opened or proven. @param {string} carrier @param {number} now */
  relayFailed(carrier, now) {
    const failed = this.#relays.find(way => way.through === carrier);
    if (failed) Object.assign(failed, { failed: true, dueAt: now + this.#pause(failed.attempts++) });
    this.#lastRelayed = -Infinity;
    this.handleDeadline(now);
  }

  /** @param {string} address @param {number} now */
  dialFailed(address, now) {
    const failed = this.#addresses.find(known => known.address === address);
    if (!failed) return;
    Object.assign(failed, { dialledAt: null, failed: true, dueAt: this.#search ? now + this.#pause(failed.attempts++) : null });
    this.#nextDial = Math.min(this.#nextDial, now); // the same section: a failed attempt lets the next begin at once
    this.handleDeadline(now);
  }

  /** The introduction could not be delivered, or nothing can come of it. @param {string} through @param {number} now */
  introductionFailed(through, now) {
    const failed = this.#introducers.find(way => way.through === through);
    if (failed) Object.assign(failed, { failed: true, dueAt: now + this.#pause(failed.attempts++) });
    this.#lastIntroduced = -Infinity;
    this.handleDeadline(now);
  }

  /**
   * An introduction of the remote peer, verified, its addresses already filtered by what may be dialled. Who listens is dialled; an offer is answered where there is nothing to dial, or
   * dialling has failed.
   * @param {{ through: string, answerWanted: boolean, pleaseDial: boolean, addresses: string[], hasOffer: boolean, hasAnswer: boolean, needed: boolean }} received @param {number} now
   */
  onIntroduction({ through, answerWanted, pleaseDial, addresses, hasOffer, hasAnswer, needed }, now) {
    if (!this.#heeded.tryTake(now)) return;
    const way = this.#introducers.find(known => known.through === through);
    if (way) way.attempts = 0;
    this.learn(addresses, now);
    if (needed) for (const known of this.#addresses) if (addresses.includes(known.address) && known.dialledAt === null) known.dueAt = now;
    if (hasOffer && (addresses.length === 0 || this.#addresses.every(known => known.failed))) this.#outbox.push({ type: 'answerOffer', through });
    else if (answerWanted) this.#outbox.push({ type: 'introduce', through, answerWanted: false, pleaseDial: false });
    else if (addresses.length === 0 && !hasAnswer) {
      if (!pleaseDial || this.#nothingToDial) this.introductionFailed(through, now); // the answer leads nowhere
      else {
        // It asks to be dialled where we may not: the next introduction, at once, says so.
        this.#nothingToDial = true;
        if (way) way.dueAt = now;
        this.#lastIntroduced = -Infinity;
      }
    }
    this.handleDeadline(now);
  }

  /** @param {number} now */
  handleDeadline(now) {
    if (this.#search) this.#advance(this.#search, now);
    else if (this.#upgrading && this.#upgrading.nextAt <= now) this.#upgrade(this.#upgrading, now);
    for (let due = this.#takeDueAddress(now); due; due = this.#takeDueAddress(now)) this.#outbox.push({ type: 'dial', address: due });
  }

  /** @param {{ since: number, roundSince: number, toldFailed: boolean }} search @param {number} now */
  #advance(search, now) {
    if (now >= this.#introduceAt && now >= this.#lastIntroduced + INTRODUCER_STAGGER) {
      const way = this.#introducers.find(known => known.dueAt <= now);
      if (way) {
        this.#lastIntroduced = now;
        this.#firstIntroduced ??= now;
        way.dueAt = now + INTRODUCTION_WAIT + this.#pause(way.attempts++);
        this.#outbox.push({ type: 'introduce', through: way.through, answerWanted: true, pleaseDial: this.#nothingToDial || (this.#addresses.length > 0 && this.#allFailed) });
      }
    }
    if (now >= this.#relayAt && now >= this.#lastRelayed + INTRODUCER_STAGGER) {
      const way = this.#relays.find(known => known.dueAt <= now);
      if (way) {
        this.#lastRelayed = now;
        way.dueAt = now + RELAY_WAIT + this.#pause(way.attempts++);
        this.#outbox.push({ type: 'openRelay', way: way.through });
      }
    }
    const late = now >= search.roundSince + ROUND_TIME;
    const exhausted = !search.toldFailed && this.#allFailed && [...this.#introducers, ...this.#relays].every(way => way.failed);
    if (!late && !exhausted) return;
    this.#outbox.push({ type: 'searchFailed', text: `No link to ${this.#remote}: ${this.#addresses.length} addresses dialled, ${this.#introducers.length} ways of introduction, ${this.#relays.length} carriers.` });
    [search.toldFailed, search.roundSince] = [true, late ? now : search.roundSince];
  }

  /** When introductions begin: at once where there is nothing to dial, or all of it has failed. */
  get #introduceAt() {
    if (!this.#search) return Infinity;
    return this.#search.toldFailed || this.#allFailed ? this.#search.since : this.#search.since + INTRODUCE_AFTER;
  }

  /** When members are asked to relay: when introductions have had their time, or have failed. */
  get #relayAt() {
    if (!this.#search) return Infinity;
    if (this.#search.toldFailed || (this.#allFailed && this.#introducers.every(way => way.failed))) return this.#search.since;
    return (this.#firstIntroduced ?? this.#introduceAt) + INTRODUCTION_WAIT;
  }

  /** @param {{ nextAt: number, attempts: number }} upgrading @param {number} now */
  #upgrade(upgrading, now) {
    for (const address of this.#addresses) if (address.dialledAt === null) address.dueAt = now;
    const [way] = this.#introducers;
    if (way) this.#outbox.push({ type: 'introduce', through: way.through, answerWanted: true, pleaseDial: this.#nothingToDial });
    upgrading.nextAt = now + jitter(Math.min(UPGRADE_MAX, UPGRADE_MIN * 2 ** Math.min(++upgrading.attempts, 16)), RETRY_SPREAD, this.#random);
  }

  get #allFailed() {
    return this.#addresses.every(address => address.failed);
  }

  /** @param {number} now */
  #takeDueAddress(now) {
    if (this.#nextDial > now) return null;
    const due = this.#addresses.find(address => (this.#dueOf(address) ?? Infinity) <= now);
    if (!due) return null;
    if (due.dialledAt !== null) due.failed = true; // swallowed
    Object.assign(due, { dialledAt: now, dueAt: null });
    this.#nextDial = now + DIAL_STAGGER;
    return due.address;
  }

  /** @param {SearchedAddress} address */
  #dueOf(address) {
    if (address.dialledAt !== null) return this.#search ? address.dialledAt + DIAL_PATIENCE : null;
    return address.dueAt;
  }

  /** @param {number} attempts */
  #pause(attempts) {
    return jitter(Math.min(RETRY_MAX, RETRY_MIN * 2 ** Math.min(attempts, 16)), RETRY_SPREAD, this.#random);
  }
}

/** @param {string[]} names @param {SearchedWay[]} known @param {number} now @returns {SearchedWay[]} */
const waysOf = (names, known, now) => names.map(through => known.find(way => way.through === through) ?? { through, dueAt: now, attempts: 0, failed: false });
