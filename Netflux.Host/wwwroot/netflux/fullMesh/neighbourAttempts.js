// When a member without a link is tried again, and when it is forgotten.

import { earlier } from '../session/sessionOptions.js';
import { ErrorCode, LeavingReason } from '../wire/codes.js';
import { jitter, MESH } from './options.js';

/** @typedef {import('./memberBook.js').MeshMember} MeshMember */

export class NeighbourAttempts {
  #book;
  #say;
  #random;

  /** @param {import('./memberBook.js').MemberBook} book @param {(instruction: import('./fullMeshOverlay.js').MeshInstruction) => void} say @param {() => number} random */
  constructor(book, say, random) {
    this.#book = book;
    this.#say = say;
    this.#random = random;
  }

  /** @returns {number | null} */
  get nextDeadline() {
    let deadline = /** @type {number | null} */ (null);
    for (const member of this.#book.all) {
      if (member.link.is === 'up') continue;
      const due = member.link.is === 'connecting' ? member.link.since + MESH.connectPatience : member.offlineRetriesLeft === 0 ? null : member.link.retryAt;
      deadline = earlier(deadline, earlier(due, member.forgetAt));
    }
    return deadline;
  }

  /** @param {number} now @param {boolean} mayConnect false where every place is taken: then attempts are put off */
  handleDeadline(now, mayConnect) {
    for (const member of this.#book.all) {
      if (member.isUp || (member.forgetAt <= now && !this.#tryKeep(member, now))) continue;
      if (member.link.is === 'unlinked' && member.link.retryAt <= now && member.offlineRetriesLeft !== 0) {
        if (mayConnect) this.connect(member, now);
        else member.link.retryAt = now + this.#jitter(MESH.retryMax);
      } else if (member.link.is === 'connecting' && member.link.since + MESH.connectPatience <= now) this.handleFailed(member, ErrorCode.PeerUnreachable, now);
    }
  }

  /** @param {MeshMember} member @param {number} now */
  connect(member, now) {
    if (member.link.is !== 'unlinked') return;
    member.link = { is: 'connecting', since: now, attempts: member.link.attempts };
    if (member.offlineRetriesLeft !== null) member.offlineRetriesLeft--;
    this.#say({ type: 'connectNeighbour', card: member.card, record: member.record });
  }

  /** An attempt failed, or was refused. @param {MeshMember} member @param {number} why @param {number} now */
  handleFailed(member, why, now) {
    if (member.link.is !== 'connecting') return;
    const refused = why !== ErrorCode.PeerUnreachable && why !== ErrorCode.TimedOut;
    member.hasFailed = true;
    member.refusals = refused ? member.refusals + 1 : 0;
    member.refusal = refused ? why : null;
    member.link = { is: 'unlinked', retryAt: now + this.#backOff(member, member.link.attempts), attempts: member.link.attempts + 1 };
  }

  /** A member that was up is lost: what is remembered of it, and for how long. @param {MeshMember} member @param {number} reason @param {number} now */
  schedule(member, reason, now) {
    const offline = reason === LeavingReason.WentOffline;
    member.offlineRetriesLeft = offline ? MESH.offlineRetriesMax : null;
    member.forgetAt = now + (offline ? MESH.offlineMemory : MESH.lostMemory);
    const patient = [LeavingReason.TooSlow, LeavingReason.NetworkFull, LeavingReason.ProtocolViolated, LeavingReason.Faulted].includes(reason);
    member.link = patient
      ? { is: 'unlinked', retryAt: now + this.#jitter(MESH.retryMax), attempts: 4 }
      : { is: 'unlinked', retryAt: now + this.#backOff(member, 0), attempts: offline ? 1 : 0 };
  }

  /** We dropped the member ourselves. @param {MeshMember} member @param {number} retryAt */
  postpone(member, retryAt) {
    member.forgetAt = retryAt + MESH.unreachedMemory;
    member.link = { is: 'unlinked', retryAt, attempts: 4 };
  }

  /** @param {MeshMember} member @param {number} now */
  #tryKeep(member, now) {
    // Who went offline told us itself; a neighbour's word to the contrary is older.
    if (member.offlineRetriesLeft === null && this.#book.isVouchedFor(member.id)) {
      member.forgetAt = now + MESH.unreachedMemory;
      return true;
    }
    if (member.link.is === 'connecting') this.#say({ type: 'dropNeighbour', member: member.id, reason: LeavingReason.ConnectionLost });
    this.#book.remove(member.id);
    return false;
  }

  /** @param {MeshMember} member @param {number} attempts */
  #backOff(member, attempts) {
    const [min, max] = member.offlineRetriesLeft !== null ? [MESH.offlineRetryMin, MESH.offlineMemory] : [MESH.retryMin, MESH.retryMax];
    return this.#jitter(Math.min(max, min * 2 ** Math.min(attempts, 16)));
  }

  /** @param {number} span */
  #jitter(span) {
    return jitter(span, MESH.retrySpread, this.#random);
  }
}
