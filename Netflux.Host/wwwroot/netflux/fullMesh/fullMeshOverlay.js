// A link for every pair of members. Whoever learns of a member connects to it; whoever is linked is a member for users. A core without I/O, as Netflux.Overlays.FullMesh is;
// records come to it verified, because WebCrypto verifies them only later (memberReader.js).
//
// Where there are more than the places, the elders judge: those that are in for `newcomerTime`. Elders keep elders; among those that are new to them the smaller ids have the
// places, and the others are refused or dropped. Newcomers refuse nobody. So all elders decide alike, whatever the order in which they heard of the newcomers.

import { equals, isSmaller } from '../bytes.js';
import { isNewer } from '../identity/member.js';
import { earlier } from '../session/sessionOptions.js';
import { ErrorCode, LeavingReason } from '../wire/codes.js';
import { rankCarriers } from './carrierChoice.js';
import { JoinProcedure } from './joinProcedure.js';
import { MemberBook, MeshMember, NeighbourTalk } from './memberBook.js';
import { writeDigest, writeIntroduction, writeList } from './memberControl.js';
import { NeighbourAttempts } from './neighbourAttempts.js';
import { jitter, MESH } from './options.js';

/**
 * @typedef {import('../identity/member.js').MemberRecord} MemberRecord
 * @typedef {{ card: import('../identity/records.js').PeerCard, incarnation: bigint, displayName: string }} HeardMember
 *
 * What the overlay wants done, in order. A `connectNeighbour` or `admitNeighbour` is answered by handleUp or handleFailed.
 * @typedef {{ type: 'connectNeighbour', card: import('../identity/records.js').PeerCard, record: MemberRecord | null }
 *   | { type: 'admitNeighbour', member: string } | { type: 'refuseNeighbour', member: string, why: number } | { type: 'dropNeighbour', member: string, reason: number }
 *   | { type: 'sendControl', to: string, body: Uint8Array } | { type: 'takeIntroduction', from: string, sealed: Uint8Array }
 *   | { type: 'joining', member: MemberRecord } | { type: 'suspected', member: string } | { type: 'recovered', member: string } | { type: 'leaving', member: string, reason: number }
 *   | { type: 'ready' } | { type: 'joinFailed', why: number } | { type: 'left' }} MeshInstruction
 */

export class FullMeshOverlay {
  /** @type {MeshInstruction[]} */
  #outbox = [];
  #places;
  #random;
  #book;
  #join;
  #attempts;
  /** @type {MemberRecord | null} */
  #self = null;
  #ended = false;
  /** @type {number | null} */
  #digestAt = null;

  /** @param {import('../identity/genesis.js').Genesis} genesis @param {() => number} random in [0, 1) */
  constructor(genesis, random) {
    this.#places = genesis.topology.maxMembers;
    this.#random = random;
    this.#book = new MemberBook(this.#places);
    this.#join = new JoinProcedure(this.#places, this.#book);
    this.#attempts = new NeighbourAttempts(this.#book, this.#say, random);
  }

  // ---- For the data path and for users ----

  /** The members that users see, in the order of ids. @returns {MemberRecord[]} */
  get members() {
    return this.#book.neighbours.map(neighbour => /** @type {MemberRecord} */ (neighbour.record));
  }

  /** What is known of a member, seen by users or not. @param {string} id */
  find(id) {
    return this.#book.find(id);
  }

  /** The record of exactly these bytes that was verified before. @param {Uint8Array} bytes */
  findRecord(bytes) {
    return this.#book.findRecord(bytes);
  }

  /** Whether one more new record of this neighbour is verified. @param {string} from @param {number} now */
  mayVerify(from, now) {
    return this.#book.talkWith(from)?.verifications.tryTake(now) ?? false;
  }

  /** The neighbours that may carry a relayed link, or an introduction, to this member, best first and the same at both ends. @param {string} member */
  carriers(member) {
    const willing = this.#book.neighbours.filter(({ record, link }) => record?.relays && link.is === 'up' && !link.suspected && !link.relayed && link.talk.vouches.has(member));
    return this.#self ? rankCarriers(this.#self.id, member, willing.map(neighbour => neighbour.id)) : [];
  }

  /** @param {string} to @param {Uint8Array} sealed */
  carryIntroduction(to, sealed) {
    return writeIntroduction(this.#own.id, to, sealed);
  }

  // ---- The core ----

  /** @returns {number | null} */
  get nextDeadline() {
    return this.#ended || !this.#self ? null : earlier(this.#attempts.nextDeadline, earlier(this.#digestAt, this.#join.nextDeadline));
  }

  /** @returns {MeshInstruction | null} */
  take() {
    return this.#outbox.shift() ?? null;
  }

  /** This member comes up, knowing these others. Where it knows nobody, it is the network's first and ready at once. @param {MemberRecord} self @param {HeardMember[]} known @param {number} now */
  start(self, known, now) {
    this.#self = self;
    const others = known.filter(member => member.card.id !== self.id).slice(0, this.#places);
    this.#join.start(others.map(member => member.card.id), now);
    for (const member of others) this.#hear(member, now);
    if (others.length === 0) this.#say({ type: 'ready' });
    this.#advanceJoin(now);
  }

  /** @param {number} now */
  handleDeadline(now) {
    if (this.#ended || !this.#self) return;
    this.#attempts.handleDeadline(now, this.#mayConnect(now));
    this.#sendDigest(now);
    this.#advanceJoin(now);
  }

  /** Somebody heard of this member outside the overlay: a door's list, an introduction, an invitation. @param {HeardMember} heard @param {number} now */
  handleHeard(heard, now) {
    if (this.#ended) return;
    this.#hear(heard, now);
    this.#advanceJoin(now);
  }

  /** A peer asks to attach. @param {MemberRecord} record @param {number} now */
  handleAsks(record, now) {
    if (this.#ended || record.id === this.#own.id || this.#isBanned(record.id, now)) this.#say({ type: 'refuseNeighbour', member: record.id, why: ErrorCode.NotAdmitted });
    else if (!this.#tryMakeRoom(record.id, now)) this.#say({ type: 'refuseNeighbour', member: record.id, why: ErrorCode.NetworkFull });
    else {
      const member = this.#meet(record, now);
      if (member.link.is === 'unlinked') member.link = { is: 'connecting', since: now, attempts: member.link.attempts };
      this.#say({ type: 'admitNeighbour', member: record.id });
    }
    this.#advanceJoin(now);
  }

  /** Messages flow between us and this member. @param {MemberRecord} record @param {number} now */
  handleUp(record, now) {
    if (this.#ended) return;
    if (record.id === this.#own.id || this.#isBanned(record.id, now)) return this.#say({ type: 'dropNeighbour', member: record.id, reason: LeavingReason.ProtocolViolated });
    if (!this.#tryMakeRoom(record.id, now)) return this.#drop(this.#meet(record, now), LeavingReason.NetworkFull, now + MESH.retryMax);
    const member = this.#meet(record, now);
    // An attachment that replaces another: of the same run, nothing changes for users.
    if (member.link.is === 'up') this.handleRecovered(record.id, now);
    else {
      member.link = { is: 'up', since: now, suspected: false, relayed: false, talk: new NeighbourTalk() };
      [member.offlineRetriesLeft, member.refusals, member.refusal, member.hasFailed] = [null, 0, null, false];
      this.#say({ type: 'joining', member: record });
      this.#sendNews(record);
    }
    this.#sendWhole(record.id);
    this.#digestAt ??= now + jitter(MESH.antiEntropyInterval, MESH.retrySpread, this.#random);
    this.#join.handleUp(now);
    this.#advanceJoin(now);
  }

  /** Nothing flows any more, and why. @param {string} id @param {number} reason @param {number} now */
  handleDown(id, reason, now) {
    const member = this.#ended ? null : this.#book.find(id);
    if (!member) return;
    if (reason === LeavingReason.NetworkFull) this.#join.onToldFull();
    if (member.isUp) this.#lose(member, reason, now);
    else this.#attempts.handleFailed(member, ErrorCode.PeerUnreachable, now);
    if (reason === LeavingReason.Left) this.#book.bury(member, now);
    this.#advanceJoin(now);
  }

  /** No link to the member could be made, or it refused us. @param {string} id @param {number} why @param {number} now */
  handleFailed(id, why, now) {
    const member = this.#ended ? null : this.#book.find(id);
    if (!member || member.isUp) return;
    if (why === ErrorCode.NetworkFull) this.#join.onToldFull();
    this.#attempts.handleFailed(member, why, now);
    this.#advanceJoin(now);
  }

  /** A message of a user waited for this neighbour longer than the topology allows. @param {string} id @param {number} now */
  handleTooSlow(id, now) {
    const member = this.#book.find(id);
    if (member?.isUp) this.#drop(member, LeavingReason.TooSlow, now + MESH.retryMax);
  }

  /** @param {string} id @param {number} _now */
  handleSuspected(id, _now) {
    const link = this.#book.find(id)?.link;
    if (link?.is !== 'up' || link.suspected) return;
    link.suspected = true;
    this.#say({ type: 'suspected', member: id });
  }

  /** @param {string} id @param {number} _now */
  handleRecovered(id, _now) {
    const link = this.#book.find(id)?.link;
    if (link?.is !== 'up' || !link.suspected) return;
    link.suspected = false;
    this.#say({ type: 'recovered', member: id });
  }

  /** Whether the neighbour is reached through another member. @param {string} id @param {boolean} relayed */
  setRelayed(id, relayed) {
    const link = this.#book.find(id)?.link;
    if (link?.is === 'up') link.relayed = relayed;
  }

  /** This side goes. @param {number} reason */
  leave(reason) {
    if (this.#ended) return;
    this.#dropAll(reason);
    this.#say({ type: 'left' });
  }

  // ---- What members say ----

  /** @param {string} from @param {MemberRecord[]} records verified @param {boolean} whole @param {number} invalid how many were not valid @param {number} now */
  handleList(from, records, whole, invalid, now) {
    const talk = this.#ended ? null : this.#book.talkWith(from);
    if (!talk) return;
    if (whole) talk.vouches.clear();
    const added = [];
    for (const record of records) {
      if (record.id === this.#own.id || this.#book.hasLeft(record.id, record.incarnation, record.version, now)) continue;
      if (this.#takeRecord(record, now)) added.push(record.id);
      this.#vouch(talk, record.id, from, now);
    }
    if (whole && talk.digestSent) {
      talk.digestSent = false;
      this.#sendWhole(from);
    }
    this.#join.onList(from, added);
    this.#attempts.handleDeadline(now, this.#mayConnect(now));
    this.#countInvalid(from, invalid, now);
    this.#advanceJoin(now);
  }

  /** @param {string} from @param {Uint8Array} hash @param {number} now */
  handleDigest(from, hash, now) {
    const talk = this.#ended ? null : this.#book.talkWith(from);
    if (!talk) return;
    if (!equals(hash, this.#book.digestView(this.#own))) {
      if (talk.listsAnswered.tryTake(now)) this.#sendWhole(from);
      return;
    }
    // The same view is also its word for everybody in it.
    for (const member of this.#book.neighbours) this.#vouch(talk, member.id, from, now);
  }

  /** One hop at most: what we pass on must be the sender's own, so what a carrier passed on goes no further. @param {string} from @param {{ from: string, to: string, sealed: Uint8Array }} said @param {number} now */
  handleIntroduction(from, said, now) {
    const talk = this.#ended ? null : this.#book.talkWith(from);
    if (!talk || said.sealed.length > MESH.introductionBytesMax || !talk.introductions.tryTake(now)) return;
    if (said.to === this.#own.id && said.from !== this.#own.id) this.#say({ type: 'takeIntroduction', from: said.from, sealed: said.sealed });
    else if (said.from === from && said.to !== from && this.#book.find(said.to)?.isUp) this.#say({ type: 'sendControl', to: said.to, body: writeIntroduction(said.from, said.to, said.sealed) });
  }

  /** What a neighbour said cannot be read. @param {string} from @param {number} now */
  handleUnreadable(from, now) {
    this.#countInvalid(from, 1, now);
  }

  /** @param {string} from @param {number} invalid @param {number} now */
  #countInvalid(from, invalid, now) {
    const [member, talk] = [this.#book.find(from), this.#book.talkWith(from)];
    if (!member || !talk || (talk.invalidRecords += invalid) <= MESH.invalidRecordsMax) return;
    member.bannedUntil = now + MESH.banTime;
    this.#drop(member, LeavingReason.ProtocolViolated, now + MESH.banTime);
  }

  // ---- Telling ----

  /** @param {string} to */
  #sendWhole(to) {
    const others = this.#book.neighbours.filter(neighbour => neighbour.id !== to).map(neighbour => /** @type {MemberRecord} */ (neighbour.record).record);
    this.#say({ type: 'sendControl', to, body: writeList([this.#own.record, ...others], true) });
  }

  /** Tells the other neighbours of a member; also those that told us of it, for now they know that we are linked with it. @param {MemberRecord} news */
  #sendNews(news) {
    const body = writeList([news.record], false);
    for (const neighbour of this.#book.neighbours) if (neighbour.id !== news.id) this.#say({ type: 'sendControl', to: neighbour.id, body });
  }

  /** @param {number} now */
  #sendDigest(now) {
    if (this.#digestAt === null || this.#digestAt > now) return;
    this.#digestAt = now + jitter(MESH.antiEntropyInterval, MESH.retrySpread, this.#random);
    this.#book.sweep(now);
    const neighbours = this.#book.neighbours;
    if (neighbours.length === 0) return;
    const chosen = neighbours[Math.floor(this.#random() * neighbours.length)];
    if (chosen.link.is === 'up') chosen.link.talk.digestSent = true;
    this.#say({ type: 'sendControl', to: chosen.id, body: writeDigest(this.#book.digestView(this.#own)) });
  }

  // ---- Who there is ----

  /** @param {HeardMember} heard @param {number} now */
  #hear(heard, now) {
    const id = heard.card.id;
    if (id === this.#own.id || this.#book.hasLeft(id, heard.incarnation, 0xffffffff, now)) return;
    let member = this.#book.find(id);
    if (!member) {
      member = new MeshMember(heard.card, heard.incarnation, now);
      if (!this.#book.tryAdd(member, true)) return;
    }
    if (member.link.is !== 'unlinked') return;
    if (heard.incarnation > member.incarnation) member.incarnation = heard.incarnation;
    member.offlineRetriesLeft = null;
    if (this.#mayConnect(now)) this.#attempts.connect(member, now);
  }

  /** The member came to us in person: what we know of it is brought up to date, and that it left before is over. @param {MemberRecord} record @param {number} now */
  #meet(record, now) {
    this.#book.unbury(record.id);
    let member = this.#book.find(record.id);
    if (!member) {
      member = new MeshMember(record.card, record.incarnation, now);
      if (!this.#book.tryAdd(member, true)) throw new Error('There is always room for one that comes in person: at most the places are up.');
    } else if (member.isUp && record.incarnation > member.incarnation) this.#lose(member, LeavingReason.Restarted, now);
    if (!member.record || isNewer(record, member.record)) this.#book.setRecord(member, record);
    return member;
  }

  /** True where the member was not in the book before. @param {MemberRecord} record @param {number} now */
  #takeRecord(record, now) {
    const known = this.#book.find(record.id);
    if (!known) {
      const member = new MeshMember(record.card, record.incarnation, now);
      if (!this.#book.tryAdd(member, false)) return false;
      this.#book.setRecord(member, record);
      return true;
    }
    // While it is up, a newer run is for its session to notice.
    if ((known.isUp && record.incarnation !== known.incarnation) || (known.record && !isNewer(record, known.record))) return false;
    const restarted = record.incarnation > known.incarnation;
    this.#book.setRecord(known, record);
    if (restarted && known.link.is === 'unlinked') {
      known.link = { is: 'unlinked', retryAt: now, attempts: 0 };
      known.offlineRetriesLeft = null;
      known.forgetAt = now + MESH.unreachedMemory;
    }
    return false;
  }

  /** @param {NeighbourTalk} talk @param {string} member @param {string} neighbour @param {number} now */
  #vouch(talk, member, neighbour, now) {
    if (member === neighbour || (talk.vouches.size >= 2 * this.#places && !talk.vouches.has(member))) return;
    talk.vouches.set(member, now + MESH.vouchTime);
  }

  // ---- Ends ----

  /** The member is gone for users; whether and when it is tried again depends on why. @param {MeshMember} member @param {number} reason @param {number} now */
  #lose(member, reason, now) {
    this.#say({ type: 'leaving', member: member.id, reason });
    this.#attempts.schedule(member, reason, now);
  }

  /** @param {MeshMember} member @param {number} reason @param {number} retryAt */
  #drop(member, reason, retryAt) {
    this.#say({ type: 'dropNeighbour', member: member.id, reason });
    if (member.isUp) this.#say({ type: 'leaving', member: member.id, reason });
    this.#attempts.postpone(member, retryAt);
  }

  /** @param {number} reason */
  #dropAll(reason) {
    this.#ended = true;
    for (const member of this.#book.all) {
      if (member.link.is !== 'unlinked') this.#say({ type: 'dropNeighbour', member: member.id, reason });
      this.#book.remove(member.id);
    }
  }

  /** @param {number} now */
  #advanceJoin(now) {
    const outcome = this.#ended ? null : this.#join.advance(now);
    if (outcome === 'ready') this.#say({ type: 'ready' });
    else if (outcome) {
      this.#dropAll(LeavingReason.Left);
      this.#say({ type: 'joinFailed', why: outcome.failed });
    }
  }

  // ---- Places ----

  /** @param {number} now */
  #mayConnect(now) {
    return this.#join.isNewcomer(now) || this.#hasRoom;
  }

  /** Whether there is a place besides our own and those of our neighbours. */
  get #hasRoom() {
    return this.#book.neighbours.length + 2 <= this.#places;
  }

  /** @param {string} newcomer @param {number} now */
  #tryMakeRoom(newcomer, now) {
    if (this.#hasRoom || this.#book.find(newcomer)?.isUp) return true;
    if (this.#join.isNewcomer(now)) return this.#book.neighbours.length < 2 * this.#places;
    const last = this.#book.neighbours.findLast(neighbour => neighbour.link.is === 'up' && neighbour.link.since + MESH.newcomerTime > now);
    if (!last || isSmaller(last.id, newcomer)) return false;
    this.#drop(last, LeavingReason.NetworkFull, now + MESH.retryMax);
    return true;
  }

  /** @param {string} id @param {number} now */
  #isBanned(id, now) {
    return (this.#book.find(id)?.bannedUntil ?? -Infinity) > now;
  }

  get #own() {
    if (!this.#self) throw new Error('The overlay was not started.');
    return this.#self;
  }

  /** @param {MeshInstruction} instruction */
  #say = instruction => {
    this.#outbox.push(instruction);
  };
}
