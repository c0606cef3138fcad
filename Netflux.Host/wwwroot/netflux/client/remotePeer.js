// One remote peer: drives its session and the search for a link, and stands between its links and the networks that are shared with it.

import { EMPTY, equals, isSmaller, utf8 } from '../bytes.js';
import { DataChannelAttempt, hasDataChannels } from '../links/dataChannelLink.js';
import { Link } from '../links/link.js';
import { LinkSearch } from '../links/linkSearch.js';
import { dialWebSocket, mayDial } from '../links/webSocketLink.js';
import { PeerSession } from '../session/peerSession.js';
import { DeadlineTimer, now } from './timer.js';

/**
 * @typedef {import('../identity/introduction.js').ConnectionSignal} ConnectionSignal
 * @typedef {import('../session/peerSession.js').SessionInstruction} SessionInstruction
 *
 * @typedef {object} PeerContext what the page is
 * @property {import('../identity/records.js').PeerKeys} keys
 * @property {string} displayName
 * @property {{ current: bigint, raiseAbove: (seen: bigint) => void }} incarnation
 * @property {RTCConfiguration} rtc
 *
 * @typedef {object} PeerOwner
 * @property {(peer: RemotePeer, instruction: SessionInstruction) => void} carry what the session says to networks and users
 * @property {(peer: RemotePeer, text: string) => void} unreachable
 * @property {(peer: RemotePeer) => void} linksChanged
 * @property {(peer: RemotePeer) => void} attemptEnded no link came of what was being opened or proven
 *
 * A way to send an introduction: a network's door at a server, a common member, a meeting point.
 * @typedef {(say: { answerWanted: boolean, pleaseDial: boolean, signal: ConnectionSignal | null }) => Promise<boolean>} Introducer
 */

/** Introductions with candidates that wait while an offer is being answered, as in Netflux.Sessions.LinkSearchOptions. */
const EARLY_CANDIDATES_MAX = 4;

export class RemotePeer {
  #context;
  #owner;
  #session;
  #search;
  #timer = new DeadlineTimer(() => this.#onDeadline());
  /** @type {Map<number, Link>} proven ones */
  #links = new Map();
  /** @type {Set<Link>} those whose handshake is under way */
  #proving = new Set();
  /** @type {Map<string, Introducer>} */
  #introducers = new Map();
  /** @type {Map<string, { carriers: string[], open: (carrier: string) => Promise<import('../links/link.js').RawLink | null> }>} by network */
  #relays = new Map();
  /** @type {DataChannelAttempt | null} the one attempt that is under way; an offer of either side */
  #attempt = null;
  /** An offer that is being made. @type {Promise<void> | null} */
  #offering = null;
  /** An answer that is being made. @type {Promise<void> | null} */
  #answering = null;
  /** @type {ConnectionSignal | null} */
  #offered = null;
  /** Candidates for what was offered, which come while it is being answered. @type {ConnectionSignal[]} */
  #early = [];
  #flushing = false;

  /** @param {string} id @param {PeerContext} context @param {PeerOwner} owner */
  constructor(id, context, owner) {
    this.id = id;
    this.name = '';
    /** @type {import('../identity/records.js').PeerCard | null} */
    this.card = null;
    this.incarnation = 0n;
    this.#context = context;
    this.#owner = owner;
    this.#session = new PeerSession(context.keys.card.id, () => context.incarnation.current, id);
    this.#search = new LinkSearch(id, Math.random);
  }

  get isConnected() {
    return this.#session.isConnected;
  }

  /** Whether a data channel is being opened, or a link proven. */
  get isLinking() {
    return this.#attempt !== null || this.#offering !== null || this.#answering !== null || this.#proving.size > 0;
  }

  /** The proven links, newest last. */
  get links() {
    return [...this.#links.values()];
  }

  // ---- Ways to find a link ----

  /** @param {string[]} addresses */
  learnAddresses(addresses) {
    this.#search.learn(addresses.filter(address => mayDial(address)), now());
    this.#drain();
  }

  /** @param {string} through names the way @param {Introducer | null} introducer null withdraws it */
  setIntroducer(through, introducer) {
    if (introducer) this.#introducers.set(through, introducer);
    else this.#introducers.delete(through);
    this.#search.setIntroducers([...this.#introducers.keys()].sort(), now());
    this.#drain();
  }

  /** Members of a network that may carry a relayed link, best first. @param {string} network @param {string[]} carriers none withdraws them @param {(carrier: string) => Promise<import('../links/link.js').RawLink | null>} open */
  setCarriers(network, carriers, open) {
    if (carriers.length > 0) this.#relays.set(network, { carriers, open });
    else if (!this.#relays.delete(network)) return;
    this.#search.setCarriers([...this.#relays].flatMap(([of, relay]) => relay.carriers.map(carrier => `${of} ${carrier}`)), now());
    this.#drain();
  }

  /** A relayed link that this peer opened. @param {import('../links/link.js').RawLink} raw */
  acceptRelayed(raw) {
    this.#build(raw, 'listener', '', EMPTY, () => {});
  }

  /** Whether every link goes through another member. */
  get isRelayed() {
    return this.#links.size > 0 && this.links.every(link => link.kind === 'relayed');
  }

  /** An introduction of this peer, opened and verified. @param {string} through @param {import('../identity/introduction.js').Introduction} introduction */
  takeIntroduction(through, introduction) {
    const { signal, answerWanted, pleaseDial } = introduction;
    const addresses = introduction.addresses.filter(address => mayDial(address));
    if (signal?.say === 'answer' || signal?.say === 'candidates') {
      if (this.#isAbout(signal)) void this.#attempt?.take(signal);
      else if (signal.say === 'candidates' && this.#offered && equals(this.#offered.connection, signal.connection) && this.#early.length < EARLY_CANDIDATES_MAX) this.#early.push(signal);
      if (signal.say === 'candidates') return;
    }
    if (signal?.say === 'offer' && !(this.#offered && equals(this.#offered.connection, signal.connection))) [this.#offered, this.#early] = [signal, []];
    const hasOffer = signal?.say === 'offer' && hasDataChannels();
    this.#search.onIntroduction({ through, answerWanted, pleaseDial, addresses, hasOffer, hasAnswer: signal?.say === 'answer', needed: this.#links.size === 0 || this.isRelayed }, now());
    this.#drain();
  }

  // ---- For networks and users ----

  /** @template T @param {(session: PeerSession, now: number) => T} act @returns {T} */
  act(act) {
    const result = act(this.#session, now());
    this.#drain();
    return result;
  }

  /** Nobody needs the peer any more. */
  stop() {
    this.#search.stop(false, now());
    this.#attempt?.giveUp();
    this.#timer.set(null);
  }

  // ---- Driving the cores ----

  #onDeadline() {
    this.#session.handleDeadline(now());
    this.#search.handleDeadline(now());
    this.#drain();
  }

  /** Carries out what the cores say, then writes what waits: once per turn, so that the frames of one burst share records. */
  #drain() {
    for (let said = this.#session.take(); said; said = this.#session.take()) this.#carrySession(said);
    for (let said = this.#search.take(); said; said = this.#search.take()) this.#carrySearch(said);
    this.#resetTimer();
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  #flush() {
    this.#flushing = false;
    for (let written = this.#session.writeRecord(now()); written; written = this.#session.writeRecord(now())) this.#links.get(written.link)?.send(written.record);
    for (let said = this.#session.take(); said; said = this.#session.take()) this.#carrySession(said);
    this.#resetTimer();
  }

  #resetTimer() {
    const [session, search] = [this.#session.nextDeadline, this.#search.nextDeadline];
    this.#timer.set(session === null ? search : search === null ? session : Math.min(session, search));
  }

  /** @param {SessionInstruction} said */
  #carrySession(said) {
    switch (said.type) {
      case 'findLink': return this.#search.start(now());
      case 'stopFindingLink': return this.#search.stop(this.isRelayed, now());
      case 'closeLink': {
        const link = this.#links.get(said.link);
        this.#links.delete(said.link);
        link?.close(said.code, said.text, said.seen);
        return this.#linksChanged();
      }
      case 'sessionBegan':
        [this.name, this.card, this.incarnation] = [said.displayName, said.remote, said.incarnation];
        break;
    }
    this.#owner.carry(this, said);
  }

  /** @param {import('../links/linkSearch.js').SearchInstruction} said */
  #carrySearch(said) {
    switch (said.type) {
      case 'dial': return void this.#dial(said.address);
      case 'introduce': return void this.#introduce(said);
      case 'answerOffer': return void this.#answerOffer(said.through);
      case 'openRelay': return void this.#openRelay(said.way);
      case 'searchFailed': return this.#owner.unreachable(this, said.text);
    }
  }

  // ---- Links ----

  /** @param {string} address */
  async #dial(address) {
    const raw = await dialWebSocket(address);
    const authority = new URL(address).host;
    if (raw) this.#build(raw, 'dialler', authority, utf8(authority), () => this.#dialFailed(address));
    else this.#dialFailed(address);
  }

  /** @param {string} address */
  #dialFailed(address) {
    this.#search.dialFailed(address, now());
    this.#drain();
  }

  /** @param {import('../links/link.js').RawLink} raw @param {import('../links/handshake.js').Role} role @param {string} authority @param {Uint8Array} binding @param {() => void} failed */
  #build(raw, role, authority, binding, failed) {
    const { keys, displayName, incarnation } = this.#context;
    const built = new Link(raw, { role, keys, incarnation: incarnation.current, displayName, expected: this.id, authority, binding }, {
      proven: (link, proven) => {
        this.#proving.delete(link);
        this.#links.set(link.id, link);
        const { remote, remoteIncarnation, displayName, fresh } = proven;
        this.#session.handleProven({ link: link.id, kind: link.kind, role: link.role, remote, remoteIncarnation, displayName, fresh, recordBytesMax: link.recordBytesMax }, now());
        this.#drain();
        this.#linksChanged();
      },
      notProven: (link, code, _text, seen) => {
        this.#proving.delete(link);
        if (code === 4019 && seen !== null) this.#owner.carry(this, { type: 'selfReplaced', newer: seen });
        failed();
        this.#owner.attemptEnded(this);
      },
      record: (link, record) => {
        this.#session.handleRecord(link.id, record, now());
        this.#drain();
      },
      written: (link, bytes) => {
        this.#session.handleWritten(link.id, bytes);
        this.#drain();
      },
      lost: (link, code) => {
        this.#links.delete(link.id);
        this.#session.handleLost(link.id, code, null, now());
        this.#drain();
        this.#linksChanged();
      },
    });
    this.#proving.add(built);
  }

  #linksChanged() {
    this.#search.setRelayed(this.isRelayed, now());
    this.#owner.linksChanged(this);
    this.#resetTimer();
  }

  /** @param {string} way */
  async #openRelay(way) {
    const [network, carrier] = way.split(' ');
    const raw = (await this.#relays.get(network)?.open(carrier)) ?? null;
    const failed = () => {
      this.#search.relayFailed(way, now());
      this.#drain();
    };
    if (raw) this.#build(raw, 'dialler', '', EMPTY, failed);
    else failed();
  }

  // ---- Data channels ----

  /** @param {{ through: string, answerWanted: boolean, pleaseDial: boolean }} introduce */
  async #introduce({ through, answerWanted, pleaseDial }) {
    const introducer = this.#introducers.get(through);
    if (!introducer) return;
    // Who asks offers; the same offer is made again until it is answered or given up. A link that is being proven may be what came of it.
    if (answerWanted && !this.#attempt && this.#proving.size === 0 && hasDataChannels()) await (this.#offering ??= this.#makeOffer(through));
    const offer = answerWanted && this.#attempt?.isOfferer ? this.#attempt.said : null;
    this.#passOn(through, await introducer({ answerWanted, pleaseDial, signal: offer }));
  }

  /** @param {string} through */
  async #makeOffer(through) {
    const attempt = await DataChannelAttempt.offer(this.#context.rtc, signal => this.#trickle(through, signal));
    this.#offering = null;
    // One of the other side was answered meanwhile.
    if (this.#attempt) attempt.giveUp();
    else this.#begin(attempt);
  }

  /** @param {string} through */
  async #answerOffer(through) {
    const [introducer, offer] = [this.#introducers.get(through), this.#offered];
    if (!introducer || !offer) return;
    // The same offer may come twice, by two ways: it has one answer. One that came while another was being answered is the next.
    for (let turn = 0; turn < 2 && !this.#isAbout(offer); turn++) {
      // Of two crossing offers the smaller id's lives: the other side answers ours.
      if (this.#attempt?.isOfferer && isSmaller(this.#context.keys.card.id, this.id)) return;
      await (this.#answering ??= this.#makeAnswer(through, offer));
    }
    if (this.#attempt?.said && this.#isAbout(offer)) this.#passOn(through, await introducer({ answerWanted: false, pleaseDial: false, signal: this.#attempt.said }));
  }

  /** @param {string} through @param {ConnectionSignal} offer */
  async #makeAnswer(through, offer) {
    const attempt = await DataChannelAttempt.answer(this.#context.rtc, offer, signal => this.#trickle(through, signal));
    this.#answering = null;
    this.#begin(attempt);
    for (const early of this.#early.splice(0)) if (this.#isAbout(early)) void attempt.take(early);
  }

  /** The attempt takes the place of one before it. @param {DataChannelAttempt} attempt */
  #begin(attempt) {
    this.#attempt?.giveUp();
    this.#attempt = attempt;
    attempt.opened.then(raw => {
      if (this.#attempt === attempt) this.#attempt = null;
      if (raw) this.#build(raw, attempt.isOfferer ? 'dialler' : 'listener', '', raw.binding, () => {});
      else this.#owner.attemptEnded(this);
    });
  }

  /** @param {string} through @param {ConnectionSignal} signal */
  async #trickle(through, signal) {
    await this.#introducers.get(through)?.({ answerWanted: false, pleaseDial: false, signal });
  }

  /** @param {string} through @param {boolean} passed */
  #passOn(through, passed) {
    if (passed) return;
    this.#search.introductionFailed(through, now());
    this.#drain();
  }

  /** Whether the attempt that is under way is the one that the signal is about. @param {ConnectionSignal} signal */
  #isAbout(signal) {
    return this.#attempt !== null && equals(this.#attempt.connection, signal.connection);
  }
}
