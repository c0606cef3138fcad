// From the start until the join is complete or has failed: reach one member, hear its list, wait for those on it. The first member of a network is ready at once.

import { ErrorCode } from '../wire/codes.js';
import { MESH } from './options.js';

/**
 * Nobody is up yet; somebody is, and the others of the first set are waited for; everybody is and we have the last place, if nobody else has taken it; or it is over.
 * @typedef {{ is: 'reaching', until: number } | { is: 'settling', until: number } | { is: 'holding', until: number } | { is: 'done' }} JoinState
 */

export class JoinProcedure {
  #places;
  #book;
  /** @type {Set<string>} */
  #firstSet = new Set();
  /** @type {Set<string>} whose list has come: in their eyes we are up, too */
  #listed = new Set();
  /** @type {JoinState} */
  #state = { is: 'done' };
  /** @type {number | null} */
  #newSince = null;
  #toldFull = false;

  /** @param {number} places @param {import('./memberBook.js').MemberBook} book */
  constructor(places, book) {
    this.#places = places;
    this.#book = book;
  }

  /** @returns {number | null} */
  get nextDeadline() {
    return this.#state.is === 'done' ? null : this.#state.until;
  }

  /** @param {string[]} known @param {number} now */
  start(known, now) {
    this.#firstSet = new Set(known);
    if (known.length > 0) this.#state = { is: 'reaching', until: now + MESH.joinTimeout };
  }

  /** Whether we ourselves are new here: then others judge who has a place. @param {number} now */
  isNewcomer(now) {
    return this.#isNewFor(MESH.newcomerTime, now);
  }

  /** @param {number} span @param {number} now */
  #isNewFor(span, now) {
    return this.#state.is === 'reaching' || (this.#newSince !== null && this.#newSince + span > now);
  }

  /** @param {number} now */
  handleUp(now) {
    if (this.#state.is !== 'reaching') return;
    this.#newSince ??= now;
    this.#state = { is: 'settling', until: now + MESH.joinSettle };
  }

  /** @param {string} from @param {string[]} added members that were new to us */
  onList(from, added) {
    if (this.#state.is === 'done') return;
    this.#listed.add(from);
    if (this.#state.is === 'settling') added.forEach(id => this.#firstSet.add(id));
  }

  /** A member said that there is no place for us. */
  onToldFull() {
    this.#toldFull = true;
  }

  /** What follows from all that is known; null where nothing does yet. @param {number} now @returns {'ready' | { failed: number } | null} */
  advance(now) {
    // Told so, and the places are taken as far as we can see: it is so.
    if (this.#toldFull && this.#isNewFor(3 * MESH.newcomerTime, now) && this.#book.countOthers() >= this.#places - 1) return this.#fail(ErrorCode.NetworkFull);
    const state = this.#state;
    switch (state.is) {
      case 'reaching':
        return this.#refusedByAll() || state.until <= now ? this.#fail(this.#whyNobody()) : null;
      case 'settling':
        if (state.until <= now && this.#book.neighbours.length === 0) {
          this.#state = { is: 'reaching', until: now + MESH.joinTimeout };
          return null;
        }
        if (state.until > now && !(this.#listed.size > 0 && [...this.#firstSet].every(id => this.#isSettled(id)))) return null;
        this.#state = this.#book.countOthers() >= this.#places - 1 ? { is: 'holding', until: now + MESH.lastPlaceHold } : { is: 'done' };
        return this.#state.is === 'done' ? 'ready' : null;
      case 'holding':
        if (state.until > now) return null;
        this.#state = { is: 'done' };
        return 'ready';
      default:
        return null;
    }
  }

  /** @param {number} why */
  #fail(why) {
    this.#state = { is: 'done' };
    return { failed: why };
  }

  /** Up, and its list says that we are up there: whoever has joined can rely on being sent to by those that it sees. @param {string} id */
  #isSettled(id) {
    const member = this.#book.find(id);
    return !member || (member.isUp && this.#listed.has(id)) || member.hasFailed;
  }

  #refusedByAll() {
    return [...this.#firstSet].every(id => {
      const member = this.#book.find(id);
      return member !== null && (member.refusal === ErrorCode.NetworkFull || member.refusals >= MESH.refusalsBelieved);
    });
  }

  #whyNobody() {
    const refusals = this.#book.all.map(member => member.refusal).filter(refusal => refusal !== null);
    return refusals.includes(ErrorCode.NetworkFull) ? ErrorCode.NetworkFull : refusals.at(-1) ?? ErrorCode.PeerUnreachable;
  }
}
