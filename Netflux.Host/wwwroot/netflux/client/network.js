// One network of this page: drives its overlay, and stands between its users and the sessions with its neighbours. What members say is worked off in order, one after the other, because
// records are verified asynchronously.

import { textOf, utf8 } from '../bytes.js';
import { isRefused } from '../identity/records.js';
import { parseAdmission } from '../identity/genesis.js';
import { openIntroduction, sealIntroduction } from '../identity/introduction.js';
import { parseMember } from '../identity/member.js';
import { FullMeshOverlay } from '../fullMesh/fullMeshOverlay.js';
import { RelayedLinks } from '../relays/relayedLinks.js';
import { readControl } from '../fullMesh/memberControl.js';
import { earlier, TokenBucket } from '../session/sessionOptions.js';
import { ErrorCode, LeavingReason, nameOf, NetfluxError } from '../wire/codes.js';
import { FrameFlags, FrameKind } from '../wire/frames.js';
import { SendQueue } from './sendQueue.js';
import { DeadlineTimer, now } from './timer.js';

/**
 * @typedef {import('./remotePeer.js').RemotePeer} RemotePeer
 * @typedef {import('./remotePeer.js').PeerContext} PeerContext
 * @typedef {import('../fullMesh/fullMeshOverlay.js').HeardMember} HeardMember
 * @typedef {import('../session/peerSession.js').SessionInstruction} SessionInstruction
 * @typedef {{ id: string, name: string }} Peer
 *
 * @typedef {object} NetworkStart
 * @property {import('../identity/genesis.js').Genesis} genesis
 * @property {import('../identity/genesis.js').Admission} admission
 * @property {import('../identity/member.js').MemberRecord} self
 * @property {string | null} name
 * @property {string | null} server that keeps its door
 * @property {import('../signaling/signalingClient.js').SignalingClient | null} signaling
 *
 * @typedef {object} NetworkOwner
 * @property {(id: string) => RemotePeer} peer makes it where there is none
 * @property {(network: Network, id: string) => void} released the network does not need the peer any more
 * @property {(network: Network) => void} ended
 */

// Those of Netflux.Networks.NetworkOptions: a window of at most 1 MiB for each member, 32 MiB in all.
const WINDOW_COST_MAX = 1 << 20, RECEIVE_COST_MAX = 32 << 20, LOOK_AGAIN_INTERVAL = 10_000, INTRODUCTIONS_BURST = 200, INTRODUCTIONS_PER_SECOND = 50, CARDS_PER_PLACE = 4;

/**
 * A network of which this page is a member. Its events, each a CustomEvent with what happened in `detail`, in order: `peerJoining` {peer} before anything of that peer,
 * `messageReceived` {from, payload, text, delivery}, `peerSuspected` and `peerRecovered` {peer}, `peerLeaving` {peer, reason} after its last message, `linksChanged`, and last
 * `networkLeft` {error}.
 */
export class Network extends EventTarget {
  #context;
  #start;
  #owner;
  #overlay;
  #queue;
  #relays;
  #timer = new DeadlineTimer(() => this.#onDeadline());
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #lookAgain;
  #inbox = Promise.resolve();
  /** @type {Map<string, { peer: Peer, received: number }>} whose channel is open */
  #neighbours = new Map();
  /** @type {Map<string, import('../identity/records.js').PeerCard>} */
  #cards = new Map();
  #introductions = new TokenBucket(INTRODUCTIONS_BURST, INTRODUCTIONS_PER_SECOND);
  /** @type {CustomEvent[] | null} what happens before the join is complete; members are listed in its answer, messages wait */
  #held = [];
  /** @type {{ resolve: (network: Network) => void, reject: (error: NetfluxError) => void } | null} */
  #joining = null;
  #isOver = false;

  /** @param {PeerContext} context @param {NetworkStart} start @param {NetworkOwner} owner */
  constructor(context, start, owner) {
    super();
    this.#context = context;
    this.#start = start;
    this.#owner = owner;
    this.#overlay = new FullMeshOverlay(start.genesis, Math.random);
    this.#relays = new RelayedLinks(context.keys.card.id, neighbour => this.#neighbours.has(neighbour) && !owner.peer(neighbour).isRelayed,
      (to, body) => this.#send(to, FrameKind.Relay, FrameFlags.None, body), (peer, raw) => owner.peer(peer).acceptRelayed(raw));
    const { slowMember, slowMemberGraceMs } = start.genesis.topology;
    this.#queue = new SendQueue((to, flags, payload) => this.#send(to, FrameKind.Message, flags, payload), slowMember === 'drop' ? slowMemberGraceMs : Infinity);
  }

  // ---- For users ----

  get id() {
    return this.#start.genesis.network;
  }

  get name() {
    return this.#start.name;
  }

  get topology() {
    return this.#start.genesis.topology;
  }

  /** Where others join it; null where no server keeps its door. */
  get address() {
    return this.#start.server && `${this.#start.server}/net/${this.name ?? this.id}`;
  }

  /** The other members that are up. @returns {Peer[]} */
  get members() {
    return this.#overlay.members.map(member => ({ id: member.id, name: member.displayName }));
  }

  /**
   * Sends to one member. Resolves when the message is accepted, in order, which waits while the receiver has no room; with `confirm` when the receiver has consumed it.
   * @param {string | Peer} to @param {string | Uint8Array} payload @param {{ confirm?: boolean }} [options] @returns {Promise<void>}
   */
  async send(to, payload, options = {}) {
    const id = typeof to === 'string' ? to : to.id;
    if (!this.#neighbours.has(id)) throw new NetfluxError(ErrorCode.UnknownPeer, `${id} is not a member of this network, or not up.`);
    await this.#queueMessage([id], FrameFlags.None, payload, options);
  }

  /** Sends to all members that are up. @param {string | Uint8Array} payload @param {{ confirm?: boolean }} [options] @returns {Promise<void>} */
  async broadcast(payload, options = {}) {
    await this.#queueMessage([...this.#neighbours.keys()], FrameFlags.Broadcast, payload, options);
  }

  /** Ends the membership: what was sent goes first, and the others are told. */
  leave() {
    this.end(LeavingReason.Left);
  }

  /** @param {(message: { from: Peer, payload: Uint8Array, text: string, delivery: 'direct' | 'broadcast' }) => void} handler */
  onMessage(handler) {
    this.addEventListener('messageReceived', event => handler(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {(peer: Peer) => void} handler */
  onPeerJoining(handler) {
    this.addEventListener('peerJoining', event => handler(/** @type {CustomEvent} */ (event).detail.peer));
  }

  /** @param {(peer: Peer, reason: string) => void} handler */
  onPeerLeaving(handler) {
    this.addEventListener('peerLeaving', event => handler(/** @type {CustomEvent} */ (event).detail.peer, /** @type {CustomEvent} */ (event).detail.reason));
  }

  /** How a member is linked: the kind of link, of a data channel the selected pair of candidates, of a relayed one the member that carries it. @param {string} id @returns {Promise<{ kind: string, role: string, pair: any, carrier: string | null } | null>} */
  async linkReport(id) {
    const link = this.#neighbours.has(id) ? this.#owner.peer(id).links.at(-1) : null;
    if (!link) return null;
    const raw = /** @type {any} */ (link.raw);
    return { kind: link.kind, role: link.role, pair: raw.report ? await raw.report() : null, carrier: raw.carrier ?? null };
  }

  /** @param {string[]} to @param {number} flags @param {string | Uint8Array} payload @param {{ confirm?: boolean }} options */
  async #queueMessage(to, flags, payload, { confirm = false }) {
    const bytes = typeof payload === 'string' ? utf8(payload) : payload.slice();
    if (this.#isOver) throw new NetfluxError(ErrorCode.NotAMember, 'This page is not a member of the network any more.');
    if (bytes.length > this.topology.messageBytesMax) throw new NetfluxError(ErrorCode.MessageTooLarge, `A message of this network has at most ${this.topology.messageBytesMax} bytes; this one has ${bytes.length}.`);
    const undelivered = await new Promise(resolve => {
      const accepted = () => { if (!confirm) resolve([]); };
      this.#queue.send({ to, flags: flags | (confirm ? FrameFlags.ConfirmSoon : 0), payload: bytes, confirm, accepted, done: resolve }, now());
      this.#resetTimer();
    });
    if (undelivered.length > 0) throw new NetfluxError(ErrorCode.PeerUnreachable, `Not delivered to ${undelivered.join(', ')}.`);
  }

  // ---- Coming up and going, for the client ----

  get genesis() {
    return this.#start.genesis;
  }

  get admission() {
    return this.#start.admission;
  }

  get signaling() {
    return this.#start.signaling;
  }

  get server() {
    return this.#start.server;
  }

  /** Resolves when the join is complete. @param {HeardMember[]} known @returns {Promise<Network>} */
  join(known) {
    return new Promise((resolve, reject) => {
      this.#joining = { resolve, reject };
      this.#overlay.start(this.#start.self, known, now());
      this.#drain();
    });
  }

  /** @param {number} reason of LeavingReason @param {number | null} [error] of ErrorCode, where nobody asked for it */
  end(reason, error = null) {
    if (this.#isOver) return;
    this.#overlay.leave(reason);
    this.#drain(error);
  }

  /** @param {HeardMember[]} online */
  hear(online) {
    for (const member of online) if (!this.#neighbours.has(member.card.id)) this.#overlay.handleHeard(member, now());
    this.#drain();
  }

  /** @param {string} from @param {Uint8Array} sealed @param {boolean} byServer */
  takeIntroduction(from, sealed, byServer) {
    this.#inbox = this.#inbox.then(async () => {
      if (this.#isOver || !this.#introductions.tryTake(now())) return;
      const introduction = await openIntroduction(sealed, this.#context.keys, Date.now());
      if (!introduction || introduction.card.id !== from || introduction.network !== this.id) return;
      const admission = await parseAdmission(introduction.admission, this.genesis, Date.now());
      if (isRefused(admission) || admission.member !== from || this.#isOver) return;
      this.#remember(introduction.card);
      const peer = this.#owner.peer(from);
      this.#offerIntroducers(peer);
      peer.takeIntroduction(byServer ? this.#door : this.#members, introduction);
    });
  }

  /** What a session says of this network. @param {RemotePeer} peer @param {SessionInstruction} said */
  handle(peer, said) {
    this.#inbox = this.#inbox.then(() => (this.#isOver ? undefined : this.#onSession(peer, said)));
  }

  /** No link to the peer could be made. @param {string} id */
  unreachable(id) {
    this.#inbox = this.#inbox.then(() => {
      // Of a neighbour, its session is the judge.
      if (this.#isOver || this.#neighbours.has(id)) return;
      this.#owner.peer(id).act((session, at) => session.detach(this.id, LeavingReason.ConnectionLost, at));
      this.#overlay.handleFailed(id, ErrorCode.PeerUnreachable, now());
      this.#drain();
      if (this.#overlay.find(id)?.link.is !== 'connecting') this.#owner.released(this, id);
    });
  }

  /** How the peer is linked may have changed. @param {RemotePeer} peer */
  linksChanged(peer) {
    if (!this.#neighbours.has(peer.id)) return;
    this.#overlay.setRelayed(peer.id, peer.isRelayed);
    if (peer.isRelayed) this.#relays.handleGone(peer.id);
    this.#offerCarriersToAll();
    this.#tell('linksChanged', {});
  }

  /** Whether the network is linked with this peer, or tries to be. @param {string} id */
  wants(id) {
    const link = this.#isOver ? null : this.#overlay.find(id)?.link.is;
    return this.#neighbours.has(id) || link === 'up' || link === 'connecting';
  }

  // ---- Sessions ----

  /** @param {RemotePeer} peer @param {SessionInstruction} said */
  async #onSession(peer, said) {
    switch (said.type) {
      case 'attachRequested': return this.#onAsked(peer, said.member);
      case 'channelOpened': return this.#onOpened(peer, said.member, said.windowCost);
      case 'channelRefused':
        this.#overlay.handleFailed(peer.id, said.why, now());
        this.#drain();
        return this.#owner.released(this, peer.id);
      case 'channelClosed':
        if (!this.#neighbours.has(peer.id)) return undefined;
        this.#queue.closeMember(peer.id, now());
        this.#overlay.handleDown(peer.id, said.reason, now());
        this.#drain();
        this.#neighbours.delete(peer.id);
        this.#relays.handleGone(peer.id);
        return this.#owner.released(this, peer.id);
      case 'channelFrame': return this.#neighbours.has(peer.id) ? this.#onFrame(peer, said.kind, said.flags, said.body) : undefined;
      case 'channelCredit': this.#queue.handleCredit(peer.id, said.messagesConsumed, said.costConsumed, now()); return this.#resetTimer();
      case 'sessionSuspected': this.#overlay.handleSuspected(peer.id, now()); return this.#drain();
      case 'sessionRecovered': this.#overlay.handleRecovered(peer.id, now()); return this.#drain();
      default: return undefined;
    }
  }

  /** @param {RemotePeer} peer @param {Uint8Array} record */
  async #onAsked(peer, record) {
    const member = await parseMember(record, this.genesis, Date.now());
    if (isRefused(member) || member.id !== peer.id || this.#isOver) return peer.act((session, at) => session.refuseAttach(this.id, ErrorCode.NotAdmitted, at));
    this.#overlay.handleAsks(member, now());
    return this.#drain();
  }

  /** @param {RemotePeer} peer @param {Uint8Array} record @param {number} windowCost */
  async #onOpened(peer, record, windowCost) {
    const member = await parseMember(record, this.genesis, Date.now());
    if (isRefused(member) || member.id !== peer.id || this.#isOver) {
      peer.act((session, at) => session.detach(this.id, LeavingReason.ProtocolViolated, at));
      this.#overlay.handleFailed(peer.id, ErrorCode.NotAdmitted, now());
      return this.#drain();
    }
    this.#neighbours.set(peer.id, { peer: { id: member.id, name: member.displayName }, received: 0 });
    this.#remember(member.card);
    this.#offerIntroducers(peer);
    peer.learnAddresses(member.addresses);
    this.#queue.openMember(peer.id, windowCost);
    this.#overlay.handleUp(member, now());
    this.#overlay.setRelayed(peer.id, peer.isRelayed);
    this.#drain();
    return this.#offerCarriersToAll();
  }

  /** @param {RemotePeer} peer @param {number} kind @param {number} flags @param {Uint8Array} body */
  async #onFrame(peer, kind, flags, body) {
    if (kind === FrameKind.Control) return this.#onControl(peer.id, body);
    if (kind === FrameKind.Relay) return this.#onRelay(peer.id, body);
    const neighbour = this.#neighbours.get(peer.id);
    if (!neighbour) return undefined;
    neighbour.received++;
    const delivery = flags & FrameFlags.Broadcast ? 'broadcast' : 'direct';
    this.#tell('messageReceived', { from: neighbour.peer, payload: body, delivery, get text() { return textOf(body); } });
    // What was told counts as consumed; the sender's window opens again.
    if (!this.#held) peer.act((session, at) => session.consume(this.id, neighbour.received, at));
    return undefined;
  }

  /** @param {string} from @param {Uint8Array} body */
  #onRelay(from, body) {
    this.#relays.onFrame(from, body);
    this.#resetTimer();
  }

  /** @param {string} from @param {Uint8Array} body */
  async #onControl(from, body) {
    const said = readControl(body);
    if (said?.is === 'list') {
      const { records, invalid } = await this.#readRecords(from, said.members);
      this.#overlay.handleList(from, records, said.whole, invalid, now());
      this.#offerCarriersToAll();
    } else if (said?.is === 'digest') this.#overlay.handleDigest(from, said.hash, now());
    else if (said) this.#overlay.handleIntroduction(from, said, now());
    else this.#overlay.handleUnreadable(from, now());
    this.#drain();
  }

  /** Most records of a list are known to the byte; those are not verified again. @param {string} from @param {Uint8Array[]} members */
  async #readRecords(from, members) {
    // Twice the places: while several join at the limit, there are more for a moment.
    const readable = members.slice(0, 2 * this.topology.maxMembers);
    const records = [];
    let invalid = members.length - readable.length;
    for (const bytes of readable) {
      const known = this.#overlay.findRecord(bytes);
      if (!known && !this.#overlay.mayVerify(from, now())) continue;
      const record = known ?? (await parseMember(bytes, this.genesis, Date.now()));
      if (isRefused(record)) invalid++;
      else records.push(record);
    }
    return { records, invalid };
  }

  // ---- The overlay ----

  #onDeadline() {
    this.#overlay.handleDeadline(now());
    this.#relays.handleDeadline(now());
    for (const member of this.#queue.slowMembers(now())) this.#overlay.handleTooSlow(member, now());
    this.#drain();
  }

  /** @param {number | null} [error] with which it ends, if it does */
  #drain(error = null) {
    for (let said = this.#overlay.take(); said; said = this.#overlay.take()) this.#carry(said, error);
    this.#resetTimer();
  }

  #resetTimer() {
    const deadline = [this.#overlay, this.#queue, this.#relays].reduce((next, part) => earlier(next, part.nextDeadline), /** @type {number | null} */ (null));
    this.#timer.set(this.#isOver || deadline === Infinity ? null : deadline);
  }

  /** @param {import('../fullMesh/fullMeshOverlay.js').MeshInstruction} said @param {number | null} error */
  #carry(said, error) {
    switch (said.type) {
      case 'connectNeighbour': return this.#connect(said.card, said.record);
      case 'admitNeighbour': return this.#attach(this.#owner.peer(said.member));
      case 'refuseNeighbour': return this.#owner.peer(said.member).act((session, at) => session.refuseAttach(this.id, said.why, at));
      case 'dropNeighbour': return this.#drop(said.member, said.reason);
      case 'sendControl': return this.#send(said.to, FrameKind.Control, FrameFlags.None, said.body);
      case 'takeIntroduction': return this.takeIntroduction(said.from, said.sealed, false);
      case 'joining': return this.#tell('peerJoining', { peer: { id: said.member.id, name: said.member.displayName } });
      case 'suspected': return this.#tell('peerSuspected', { peer: this.#peerOf(said.member) });
      case 'recovered': return this.#tell('peerRecovered', { peer: this.#peerOf(said.member) });
      case 'leaving': return this.#tell('peerLeaving', { peer: this.#peerOf(said.member), reason: nameOf(LeavingReason, said.reason) });
      case 'ready': return this.#confirm();
      case 'joinFailed': return this.#fail(said.why);
      case 'left': return this.#finish(error);
    }
  }

  /** @param {import('../identity/records.js').PeerCard} card @param {import('../identity/member.js').MemberRecord | null} record */
  #connect(card, record) {
    this.#remember(card);
    const peer = this.#owner.peer(card.id);
    this.#offerIntroducers(peer);
    this.#attach(peer);
    if (record) peer.learnAddresses(record.addresses);
  }

  /** @param {RemotePeer} peer */
  #attach(peer) {
    const { maxMembers, messageBytesMax, pingAfterMs, suspectAfterMs, resumeWindowMs } = this.topology;
    const liveness = { pingAfter: pingAfterMs, suspectAfter: suspectAfterMs, resumeWindow: resumeWindowMs };
    const windowCost = Math.min(WINDOW_COST_MAX, Math.floor(RECEIVE_COST_MAX / maxMembers));
    peer.act((session, at) => session.attach({ network: this.id, member: this.#start.self.record, windowCost, messageBytesMax, liveness }, at));
  }

  /** @param {string} member @param {number} reason */
  #drop(member, reason) {
    this.#queue.closeMember(member, now());
    this.#relays.handleGone(member);
    this.#owner.peer(member).act((session, at) => session.detach(this.id, reason, at));
    this.#owner.released(this, member);
    // Its name is still needed for the announcement that follows.
    queueMicrotask(() => this.#neighbours.delete(member));
  }

  /** @param {string} to @param {number} kind @param {number} flags @param {Uint8Array} body */
  #send(to, kind, flags, body) {
    this.#owner.peer(to).act((session, at) => session.trySend(this.id, kind, flags, body, at));
  }

  /** @param {string} id @returns {Peer} */
  #peerOf(id) {
    return this.#neighbours.get(id)?.peer ?? { id, name: this.#overlay.find(id)?.record?.displayName ?? '' };
  }

  /** @param {string} type @param {object} detail */
  #tell(type, detail) {
    const event = new CustomEvent(type, { detail });
    // Until the join is complete messages wait, and members that come are listed in its answer.
    if (!this.#held) this.dispatchEvent(event);
    else if (type === 'messageReceived') this.#held.push(event);
  }

  // ---- Ready, failed, over ----

  #confirm() {
    const joining = this.#joining;
    this.#joining = null;
    if (this.#start.signaling) this.#lookAgain = setInterval(() => this.#onLookAgain(), LOOK_AGAIN_INTERVAL);
    joining?.resolve(this);
    // Who joined attaches its listeners before what waited is told.
    setTimeout(() => {
      const held = this.#held ?? [];
      this.#held = null;
      for (const event of held) this.dispatchEvent(event);
      for (const [id, { received }] of this.#neighbours) this.#owner.peer(id).act((session, at) => session.consume(this.id, received, at));
    });
  }

  /** @param {number} why */
  #fail(why) {
    const text = why === ErrorCode.NetworkFull ? `The network has its ${this.topology.maxMembers} members already.`
      : why === ErrorCode.NotAdmitted ? 'The members refuse this peer; ask one of them for a join request.'
        : 'No member of the network could be reached: they are offline, or no link to them can be made from here.';
    const joining = this.#joining;
    this.#joining = null;
    this.#finish(why);
    joining?.reject(new NetfluxError(why, text));
  }

  /** @param {number | null} error */
  #finish(error) {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#lookAgain);
    this.#timer.set(null);
    this.#relays.stop();
    this.#start.signaling?.closeDoor(this.id);
    this.#owner.ended(this);
    this.#joining?.reject(new NetfluxError(error ?? ErrorCode.Cancelled, 'The network was left before the join was complete.'));
    this.#tell('networkLeft', { error: error === null ? null : nameOf(ErrorCode, error) });
  }

  /** A member that sees nobody asks the server now and then who is there: so parts that lost each other come together again. */
  async #onLookAgain() {
    if (this.#neighbours.size > 0 || !this.#start.signaling?.isUp) return;
    const online = await this.#start.signaling.listMembers(this.id).catch(() => []);
    if (!this.#isOver) this.hear(online);
  }

  // ---- Introductions ----

  get #door() {
    return `door of ${this.id}`;
  }

  get #members() {
    return `members of ${this.id}`;
  }

  /** @param {RemotePeer} peer */
  #offerIntroducers(peer) {
    if (this.#start.signaling) peer.setIntroducer(this.#door, say => this.#introduce(peer.id, say, sealed => this.#throughServer(peer.id, sealed)));
    this.#offerCarriers(peer);
  }

  /** Common members pass introductions on, and relay. @param {RemotePeer} peer */
  #offerCarriers(peer) {
    const carriers = this.#overlay.carriers(peer.id);
    peer.setIntroducer(this.#members, carriers.length === 0 ? null : say => this.#introduce(peer.id, say, sealed => this.#throughMember(peer.id, sealed)));
    peer.setCarriers(this.id, carriers, carrier => {
      const opening = this.#relays.open(peer.id, carrier, now());
      this.#resetTimer();
      return opening;
    });
  }

  #offerCarriersToAll() {
    for (const id of this.#cards.keys()) if (this.wants(id)) this.#offerCarriers(this.#owner.peer(id));
  }

  /** @param {string} to @param {{ answerWanted: boolean, pleaseDial: boolean, signal: any }} say @param {(sealed: Uint8Array) => Promise<boolean>} pass */
  async #introduce(to, say, pass) {
    const card = this.#cards.get(to);
    if (!card || this.#isOver) return false;
    const introduction = {
      ...say, network: this.id, meetingKey: null, incarnation: this.#context.incarnation.current, displayName: this.#context.displayName, admission: this.#start.admission.record,
    };
    const sealed = await sealIntroduction(introduction, this.#context.keys, card, Date.now());
    return sealed !== null && pass(sealed);
  }

  /** @param {string} to @param {Uint8Array} sealed */
  async #throughServer(to, sealed) {
    if (!this.#start.signaling?.isUp) return false;
    return this.#start.signaling.introduce(to, this.id, sealed).then(() => true, () => false);
  }

  /** @param {string} to @param {Uint8Array} sealed */
  async #throughMember(to, sealed) {
    const [carrier] = this.#overlay.carriers(to);
    if (carrier) this.#send(carrier, FrameKind.Control, FrameFlags.None, this.#overlay.carryIntroduction(to, sealed));
    return carrier !== undefined;
  }

  /** The cards of neighbours, and of others while there is room: an open network lets anybody introduce itself. @param {import('../identity/records.js').PeerCard} card */
  #remember(card) {
    if (this.#cards.size >= CARDS_PER_PLACE * this.topology.maxMembers && !this.#cards.has(card.id)) {
      for (const id of this.#cards.keys()) if (!this.#neighbours.has(id)) this.#cards.delete(id);
    }
    this.#cards.set(card.id, card);
  }
}

