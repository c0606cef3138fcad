// The members that we remember, and those that left. Both are bounded.

import { compareIds, concat, hex, idBytes, u32, u64 } from '../bytes.js';
import { TokenBucket } from '../session/sessionOptions.js';
import { sha256 } from '../sha256.js';
import { MESH } from './options.js';

/**
 * @typedef {import('../identity/member.js').MemberRecord} MemberRecord
 *
 * Whether messages flow between us and a member: no, and the next attempt is due then; not yet; or yes, and users see it.
 * @typedef {{ is: 'unlinked', retryAt: number, attempts: number }
 *         | { is: 'connecting', since: number, attempts: number }
 *         | { is: 'up', since: number, suspected: boolean, relayed: boolean, talk: NeighbourTalk }} MemberLink
 */

/** A member that we remember. */
export class MeshMember {
  /** Null where only the card was heard. @type {MemberRecord | null} */
  record = null;
  /** It said that it goes offline: so many retries are left. Null where it did not. @type {number | null} */
  offlineRetriesLeft = null;
  hasFailed = false;
  /** Refusals in a row, and what the last one said. */
  refusals = 0;
  /** @type {number | null} */
  refusal = null;
  /** It broke the protocol, and is refused until then. */
  bannedUntil = -Infinity;

  /** @param {import('../identity/records.js').PeerCard} card @param {bigint} incarnation @param {number} now */
  constructor(card, incarnation, now) {
    this.card = card;
    this.id = card.id;
    this.incarnation = incarnation;
    /** @type {MemberLink} */
    this.link = { is: 'unlinked', retryAt: now, attempts: 0 };
    /** Unless it is up or vouched for by then. */
    this.forgetAt = now + MESH.unreachedMemory;
  }

  get isUp() {
    return this.link.is === 'up';
  }
}

/** The conversation of two neighbours about members. */
export class NeighbourTalk {
  /** With whom the neighbour says it is linked, and until when its word holds. @type {Map<string, number>} */
  vouches = new Map();
  verifications = new TokenBucket(MESH.verificationsBurst, MESH.verificationsPerSecond);
  introductions = new TokenBucket(MESH.introductionsBurst, MESH.introductionsPerSecond);
  listsAnswered = new TokenBucket(MESH.listsAnsweredBurst, MESH.listsAnsweredPerSecond);
  invalidRecords = 0;
  /** We sent a digest; a whole list may come in answer, and is answered by ours, once. */
  digestSent = false;
}

export class MemberBook {
  #capacity;
  /** @type {Map<string, MeshMember>} */
  #members = new Map();
  /** @type {Map<string, { incarnation: bigint, version: number, until: number }>} */
  #left = new Map();
  /** @type {Map<string, MemberRecord>} by the hash of their bytes */
  #records = new Map();

  /** @param {number} places */
  constructor(places) {
    this.#capacity = places * MESH.rememberedPerPlace;
  }

  get all() {
    return [...this.#members.values()];
  }

  /** In the order of ids. */
  get neighbours() {
    return this.all.filter(member => member.isUp).sort((one, other) => compareIds(one.id, other.id));
  }

  /** @param {string} id */
  find(id) {
    return this.#members.get(id) ?? null;
  }

  /** What is said with a neighbour; null where it is none. @param {string} id */
  talkWith(id) {
    const link = this.#members.get(id)?.link;
    return link?.is === 'up' ? link.talk : null;
  }

  /**
   * Where the book is full, whoever is neither linked nor being connected and would be forgotten first makes room; an unlinked one that a neighbour vouches for only yields to
   * somebody who came to us in person.
   * @param {MeshMember} member @param {boolean} inPerson
   */
  tryAdd(member, inPerson) {
    if (this.#members.size >= this.#capacity) {
      const first = (/** @type {MeshMember[]} */ members) => members.sort((one, other) => one.forgetAt - other.forgetAt)[0];
      const victim = first(this.all.filter(other => other.link.is === 'unlinked' && (inPerson || !this.isVouchedFor(other.id))))
        ?? (inPerson ? first(this.all.filter(other => !other.isUp)) : undefined);
      if (!victim) return false;
      this.remove(victim.id);
    }
    this.#members.set(member.id, member);
    return true;
  }

  /** @param {string} id */
  remove(id) {
    const record = this.#members.get(id)?.record;
    if (record) this.#records.delete(hashOf(record.record));
    this.#members.delete(id);
    for (const { id: neighbour } of this.neighbours) this.talkWith(neighbour)?.vouches.delete(id);
  }

  /** @param {MeshMember} member @param {MemberRecord} record */
  setRecord(member, record) {
    if (member.record) this.#records.delete(hashOf(member.record.record));
    [member.record, member.incarnation] = [record, record.incarnation];
    this.#records.set(hashOf(record.record), record);
  }

  /** The record of exactly these bytes that was verified before. @param {Uint8Array} bytes */
  findRecord(bytes) {
    return this.#records.get(hashOf(bytes)) ?? null;
  }

  /** Whether a neighbour says that it is linked with this member. @param {string} id */
  isVouchedFor(id) {
    return this.neighbours.some(neighbour => this.talkWith(neighbour.id)?.vouches.has(id));
  }

  /** How many other members there are, as far as we and our neighbours know. */
  countOthers() {
    return this.all.filter(member => member.isUp || this.isVouchedFor(member.id)).length;
  }

  // ---- Members that left ----

  /** From now on others' lists do not bring this run of the member back. @param {MeshMember} member @param {number} now */
  bury(member, now) {
    this.remove(member.id);
    if (this.#left.size >= this.#capacity) this.#left.delete([...this.#left].sort(([, one], [, other]) => one.until - other.until)[0][0]);
    this.#left.set(member.id, { incarnation: member.incarnation, version: member.record?.version ?? 0, until: now + MESH.tombstoneTime });
  }

  /** The member itself came back. @param {string} id */
  unbury(id) {
    this.#left.delete(id);
  }

  /** @param {string} id @param {bigint} incarnation @param {number} version @param {number} now */
  hasLeft(id, incarnation, version, now) {
    const grave = this.#left.get(id);
    return grave !== undefined && grave.until > now && (incarnation < grave.incarnation || (incarnation === grave.incarnation && version <= grave.version));
  }

  /** Drops graves and words of neighbours that are too old. @param {number} now */
  sweep(now) {
    for (const [id, grave] of this.#left) if (grave.until <= now) this.#left.delete(id);
    for (const { id } of this.neighbours) {
      const vouches = this.talkWith(id)?.vouches ?? new Map();
      for (const [member, until] of vouches) if (until <= now) vouches.delete(member);
    }
  }

  // ---- The view ----

  /** SHA-256 over (id, incarnation, version) of ourselves and our neighbours, in the order of ids: two members with the same view have the same digest. @param {MemberRecord} self */
  digestView(self) {
    const records = [...this.neighbours.map(neighbour => /** @type {MemberRecord} */ (neighbour.record)), self].sort((one, other) => compareIds(one.id, other.id));
    return sha256(concat(...records.flatMap(record => [idBytes(record.id), u64(record.incarnation), u32(record.version)])));
  }
}

/** 128 bits: whoever finds two records with the same has only made two of its own. @param {Uint8Array} bytes */
const hashOf = bytes => hex(sha256(bytes).subarray(0, 16));
