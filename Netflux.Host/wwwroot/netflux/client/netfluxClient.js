// The surface of the browser peer: one identity of this page, the networks that it is in, and the peers that it knows.

import { EMPTY, isId } from '../bytes.js';
import { isAvailable } from '../identity/curve.js';
import { createGenesis, issueAdmission } from '../identity/genesis.js';
import { openIntroduction, sealIntroduction } from '../identity/introduction.js';
import { createInvitation, isDoorName, parseInvitation } from '../identity/invitation.js';
import { createIdentity, keysOf } from '../identity/keys.js';
import { createMember } from '../identity/member.js';
import { isRefused } from '../identity/records.js';
import { DoorMode, SignalingClient } from '../signaling/signalingClient.js';
import { DeclinedReason, ErrorCode, LeavingReason, nameOf, NetfluxError } from '../wire/codes.js';
import { isDisplayName } from '../wire/frames.js';
import { ConnectedPeer } from './connectedPeer.js';
import { Incarnation } from './incarnation.js';
import { Network } from './network.js';
import { RemotePeer } from './remotePeer.js';

/**
 * @typedef {import('./network.js').Peer} Peer
 * @typedef {import('../session/peerSession.js').SessionInstruction} SessionInstruction
 * @typedef {{ from: Peer, network: { id: string, name: string | null, topology: import('../identity/topology.js').Topology }, accept: () => Promise<Network>, decline: (why?: string) => void }} JoinRequest
 * @typedef {{ accepted: boolean, reason?: string, why?: string }} JoinRequestAnswer
 *
 * @typedef {object} NetfluxOptions
 * @property {string} name that others see
 * @property {string} [server] the signaling server, http(s) or ws(s); by itself the one that served the page
 * @property {string} [token] the access token that this server asks for; no other server is shown it
 * @property {import('../identity/keys.js').StoredIdentity} [identity] see identityOfTab(); without one, somebody new each time
 * @property {(incarnation: number) => void} [keepIncarnation]
 * @property {RTCIceServer[]} [iceServers] STUN and TURN, where peers are not on one network
 */

const JOIN_REQUEST_PATIENCE = 10_000;
const OPEN_JOIN_REQUESTS_MAX = 64; // guess: a person answers a handful

/** Events: `signalingChanged` {up, text} and `replaced`, when a newer run of the identity has taken this one's place. */
export class NetfluxClient extends EventTarget {
  #context;
  #server;
  #token;
  /** @type {Map<string, RemotePeer>} */
  #peers = new Map();
  /** @type {Map<string, Network>} */
  #networks = new Map();
  /** @type {Map<string, SignalingClient>} */
  #signaling = new Map();
  /** @type {Map<string, { key: string, signaling: SignalingClient, opened: (peer: ConnectedPeer) => void }>} by the peer met */
  #meetings = new Map();
  /** Of every peer with which there is a session, met or not: what comes outside networks has to be consumed. @type {Map<string, ConnectedPeer>} */
  #connected = new Map();
  /** @type {((request: JoinRequest) => void) | null} */
  #answerer = null;
  /** @type {Map<bigint, { peer: string, answered: (answer: JoinRequestAnswer) => void }>} */
  #invited = new Map();
  #openRequests = 0;
  #lastInvitation = 0n;

  /** @param {import('./remotePeer.js').PeerContext} context @param {string} server @param {string} [token] */
  constructor(context, server, token) {
    super();
    this.#context = context;
    this.#server = server;
    this.#token = token;
  }

  /** @param {NetfluxOptions} options @returns {Promise<NetfluxClient>} */
  static async start({ name, server = globalThis.location?.origin, token, identity, keepIncarnation, iceServers = [] }) {
    if (!isAvailable()) throw new NetfluxError(ErrorCode.InvalidOptions, 'This page is served over plain http, where browsers give no cryptography: open it by https, or on the machine itself by http://localhost.');
    if (!isDisplayName(name) || name === '') throw new NetfluxError(ErrorCode.InvalidOptions, 'A name is one line of at most 64 bytes in UTF-8.');
    if (token !== undefined && !/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) throw new NetfluxError(ErrorCode.InvalidOptions, 'An access token has letters, digits and -._~+/ (and = at its end).');
    const stored = identity ?? (await createIdentity());
    const context = { keys: keysOf(stored), displayName: name, incarnation: new Incarnation(stored.incarnation, keepIncarnation), rtc: { iceServers } };
    return new NetfluxClient(context, serverOf(server), token);
  }

  get id() {
    return this.#context.keys.card.id;
  }

  get name() {
    return this.#context.displayName;
  }

  get networks() {
    return [...this.#networks.values()];
  }

  // ---- Networks ----

  /** Creates a network and is its first member. @param {{ topology?: object, name?: string }} [options] @returns {Promise<Network>} */
  async create({ topology = { type: 'full-mesh' }, name } = {}) {
    if (name !== undefined && !isDoorName(name)) throw new NetfluxError(ErrorCode.InvalidAddress, `'${name}' is no name of a network: 1 to 64 letters, digits, '-', '_' or '.'.`);
    const genesis = await createGenesis(this.#context.keys, JSON.stringify(topology), Date.now());
    return this.#enter(this.#server, name?.toLowerCase() ?? genesis.network, genesis.record, DoorMode.Create);
  }

  /** Joins a network by its name or id at the server, or by its whole address. With `orCreate`, a topology, it is created where there is none. @param {string} address @param {{ orCreate?: object }} [options] @returns {Promise<Network>} */
  async join(address, { orCreate } = {}) {
    const { server, door } = this.#parseAddress(address);
    const genesis = orCreate ? (await createGenesis(this.#context.keys, JSON.stringify(orCreate), Date.now())).record : EMPTY;
    return this.#enter(server, door, genesis, orCreate ? DoorMode.JoinOrCreate : DoorMode.Join);
  }

  /** @param {Network | string} network itself or its id */
  leave(network) {
    (typeof network === 'string' ? this.#networks.get(network) : network)?.leave();
  }

  /** Goes offline: the memberships stay, and the others are told. */
  goOffline() {
    for (const network of this.#networks.values()) network.end(LeavingReason.WentOffline, ErrorCode.Stopping);
    for (const peer of this.#peers.values()) peer.act((session, at) => session.end(LeavingReason.WentOffline, at));
    for (const signaling of this.#signaling.values()) signaling.stop();
  }

  /** The network of the machine is back: nobody waits for the next attempt. */
  hurry() {
    for (const signaling of this.#signaling.values()) if (!signaling.isUp) signaling.hurry();
  }

  // ---- Peers ----

  /** Meets one other peer at a meeting point, …/meet/KEY or the key alone: the first waits, the second is connected to it. @param {string} url @returns {Promise<ConnectedPeer>} */
  async connect(url) {
    const match = /^(?:(.*)\/meet\/)?([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/.exec(url);
    if (!match) throw new NetfluxError(ErrorCode.InvalidAddress, `'${url}' is no meeting point; expected is wss://host/meet/KEY.`);
    const [server, key] = [match[1] ? serverOf(match[1]) : this.#server, match[2]];
    const signaling = this.#signalingAt(server);
    const { other } = await signaling.meet(key);
    const peer = this.#peer(other.card.id);
    return new Promise(opened => {
      this.#meetings.set(peer.id, { key, signaling, opened });
      peer.setIntroducer(`meet/${key}`, say => this.#introduceAtMeeting(other.card, key, signaling, say));
      peer.act((session, at) => session.keepOpen(true, at));
      if (peer.isConnected) this.#onMetConnected(peer);
    });
  }

  /** Invites a connected peer into a network of this page. @param {string | Peer} to @param {Network} network @returns {Promise<JoinRequestAnswer>} */
  async sendJoinRequest(to, network) {
    const peer = this.#peers.get(typeof to === 'string' ? to : to.id);
    if (!peer?.isConnected) throw new NetfluxError(ErrorCode.UnknownPeer, 'The peer is not connected.');
    if (!network.admission.mayInvite) throw new NetfluxError(ErrorCode.NotAdmitted, 'This page was admitted to the network without the right to invite.');
    const admission = await issueAdmission(this.#context.keys, network.genesis, peer.id, network.admission, Date.now());
    if (isRefused(admission)) throw new NetfluxError(ErrorCode.NotAdmitted, admission.why);
    const invitation = await createInvitation(this.#context.keys, network.genesis, admission, network.name, network.server);
    const id = ++this.#lastInvitation;
    return new Promise(answered => {
      const timer = setTimeout(() => this.#onAnswered(peer.id, id, DeclinedReason.TimedOut, 'The peer did not answer in time.'), JOIN_REQUEST_PATIENCE);
      this.#invited.set(id, { peer: peer.id, answered: answer => { clearTimeout(timer); answered(answer); } });
      peer.act((session, at) => session.offerInvitation(id, invitation, at));
    });
  }

  /** Who answers join requests from now on; null: nobody, and who asks is told so. @param {((request: JoinRequest) => void) | null} handler */
  onJoinRequest(handler) {
    this.#answerer = handler;
  }

  // ---- Inside ----

  /** @param {string} address */
  #parseAddress(address) {
    const match = /^(?:(.*)\/net\/)?([^/]+)$/.exec(address);
    const door = match?.[2] ?? '';
    if (!match || (!isId(door) && !isDoorName(door))) throw new NetfluxError(ErrorCode.InvalidAddress, `'${address}' is no address of a network; expected is wss://host/net/NAME, or the name alone.`);
    return { server: match[1] ? serverOf(match[1]) : this.#server, door: door.toLowerCase() };
  }

  /** @param {string} server @param {string} door @param {Uint8Array} record @param {number} mode */
  async #enter(server, door, record, mode) {
    const signaling = this.#signalingAt(server);
    const { genesis, members, name } = await signaling.openDoor(door, record, mode);
    if (this.#networks.has(genesis.network)) throw new NetfluxError(ErrorCode.AlreadyMember, 'This page is a member of the network already, or is joining it.');
    const admission = await issueAdmission(this.#context.keys, genesis, this.id, null, Date.now());
    if (isRefused(admission)) {
      signaling.closeDoor(genesis.network);
      throw new NetfluxError(ErrorCode.NotAdmitted, admission.why);
    }
    return this.#startNetwork({ genesis, admission, name, server, signaling }, members);
  }

  /** @param {Omit<import('./network.js').NetworkStart, 'self'>} start @param {import('../fullMesh/fullMeshOverlay.js').HeardMember[]} known */
  async #startNetwork(start, known) {
    const self = await createMember(this.#context.keys, start.genesis, this.#context.incarnation.current, this.name, start.admission);
    const network = new Network(this.#context, { ...start, self }, {
      peer: id => this.#peer(id),
      released: (_network, id) => this.#releaseLater(id),
      ended: ended => this.#networks.delete(ended.id),
    });
    this.#networks.set(network.id, network);
    return network.join(known);
  }

  /** @param {string} server */
  #signalingAt(server) {
    const known = this.#signaling.get(server);
    if (known) return known;
    const { keys, displayName, incarnation } = this.#context;
    const signaling = new SignalingClient({
      server, keys, displayName, incarnation, token: server === this.#server ? this.#token : undefined,
      introduced: (from, room, sealed) => this.#onIntroduced(from, room, sealed),
      doorReopened: (network, members) => this.#networks.get(network)?.hear(members),
      replaced: () => this.#beReplaced(),
      changed: (up, text) => this.dispatchEvent(new CustomEvent('signalingChanged', { detail: { server, up, text } })),
    });
    this.#signaling.set(server, signaling);
    return signaling;
  }

  #beReplaced() {
    for (const network of this.#networks.values()) network.end(LeavingReason.WentOffline, ErrorCode.Replaced);
    this.dispatchEvent(new CustomEvent('replaced'));
  }

  /** @param {string} from @param {string} room @param {Uint8Array} sealed */
  async #onIntroduced(from, room, sealed) {
    if (isId(room)) return this.#networks.get(room)?.takeIntroduction(from, sealed, true);
    const meeting = this.#meetings.get(from);
    const introduction = meeting && `meet/${meeting.key}` === room ? await openIntroduction(sealed, this.#context.keys, Date.now()) : null;
    if (introduction?.card.id === from && introduction.meetingKey === meeting?.key) this.#peer(from).takeIntroduction(room, introduction);
    return undefined;
  }

  /** @param {import('../identity/records.js').PeerCard} card @param {string} key @param {SignalingClient} signaling @param {{ answerWanted: boolean, pleaseDial: boolean, signal: any }} say */
  async #introduceAtMeeting(card, key, signaling, say) {
    const introduction = { ...say, network: null, meetingKey: key, incarnation: this.#context.incarnation.current, displayName: this.name, admission: EMPTY };
    const sealed = await sealIntroduction(introduction, this.#context.keys, card, Date.now());
    return sealed !== null && signaling.introduce(card.id, `meet/${key}`, sealed).then(() => true, () => false);
  }

  /** @param {RemotePeer} peer */
  #onMetConnected(peer) {
    const meeting = this.#meetings.get(peer.id);
    if (!meeting) return;
    this.#meetings.delete(peer.id);
    meeting.signaling.leaveMeeting(meeting.key);
    peer.setIntroducer(`meet/${meeting.key}`, null);
    meeting.opened(/** @type {ConnectedPeer} */ (this.#connected.get(peer.id)));
  }

  /** @param {string} id */
  #peer(id) {
    const known = this.#peers.get(id);
    if (known) return known;
    const peer = new RemotePeer(id, this.#context, {
      carry: (from, said) => this.#carry(from, said),
      unreachable: from => { for (const network of this.#networks.values()) network.unreachable(from.id); },
      linksChanged: from => { for (const network of this.#networks.values()) network.linksChanged(from); },
      attemptEnded: from => this.#releaseLater(from.id),
    });
    this.#peers.set(id, peer);
    return peer;
  }

  /**
   * A peer without a session that no network tries to reach is forgotten, once what is being said to it has gone. A data channel that is being opened is not given up with it, nor a link
   * that is being proven: on a machine that is busy it takes longer than a round of the search, after which a network puts its next attempt off.
   * @param {string} id
   */
  #releaseLater(id) {
    setTimeout(() => {
      const peer = this.#peers.get(id);
      const isWanted = peer?.isConnected || peer?.isLinking || this.#meetings.has(id) || [...this.#networks.values()].some(network => network.wants(id));
      if (!peer || isWanted) return;
      this.#peers.delete(id);
      peer.stop();
    });
  }

  /** @param {RemotePeer} peer @param {SessionInstruction} said */
  #carry(peer, said) {
    switch (said.type) {
      case 'sessionBegan':
        if (!this.#connected.has(peer.id)) this.#connected.set(peer.id, new ConnectedPeer(peer, () => [...this.#networks.values()].some(network => network.wants(peer.id))));
        this.#connected.get(peer.id)?.begin();
        return this.#onMetConnected(peer);
      case 'sessionEnded':
        this.#connected.get(peer.id)?.end(said.reason);
        // Who has restarted comes back at once.
        if (said.reason !== LeavingReason.Restarted) this.#connected.delete(peer.id);
        for (const [id, { peer: invited }] of this.#invited) if (invited === peer.id) this.#onAnswered(peer.id, id, DeclinedReason.ConnectionLost, 'The connection to the peer ended first.');
        return this.#releaseLater(peer.id);
      case 'selfReplaced':
        if (said.newer > this.#context.incarnation.current) this.#beReplaced();
        return undefined;
      case 'invitationReceived': return void this.#onInvited(peer, said.id, said.invitation);
      case 'invitationAnswered': return this.#onAnswered(peer.id, said.id, said.reason, said.why);
      case 'sessionSuspected': case 'sessionRecovered':
        for (const network of this.#networks.values()) network.handle(peer, said);
        return undefined;
      case 'attachRequested':
        // The refusal is the same whether we are no member or do not admit.
        if (!this.#networks.has(said.network)) return peer.act((session, at) => session.refuseAttach(said.network, ErrorCode.NotAdmitted, at));
        return this.#networks.get(said.network)?.handle(peer, said);
      case 'channelFrame': case 'channelCredit':
        if (said.network === null) return this.#connected.get(peer.id)?.handle(said);
        return this.#networks.get(said.network)?.handle(peer, said);
      case 'channelOpened': case 'channelRefused': case 'channelClosed':
        return this.#networks.get(said.network)?.handle(peer, said);
      default: return undefined;
    }
  }

  // ---- Join requests ----

  /** @param {RemotePeer} peer @param {bigint} id @param {Uint8Array} record */
  async #onInvited(peer, id, record) {
    const answer = (/** @type {number | null} */ reason, /** @type {string} */ why) => peer.act((session, at) => session.answerInvitation(id, reason, why, at));
    const invitation = await parseInvitation(record, this.id, Date.now());
    if (isRefused(invitation) || invitation.from !== peer.id) return answer(DeclinedReason.Declined, `The invitation is not valid: ${isRefused(invitation) ? invitation.why : 'another peer signed it.'}`);
    if (this.#networks.has(invitation.genesis.network)) return answer(DeclinedReason.AlreadyMember, '');
    if (!this.#answerer) return answer(DeclinedReason.NobodyAnswering, '');
    if (this.#openRequests >= OPEN_JOIN_REQUESTS_MAX) return answer(DeclinedReason.TooMany, '');
    this.#openRequests++;
    let isOpen = true;
    const close = () => {
      if (!isOpen) throw new NetfluxError(ErrorCode.UnknownRequest, 'The join request was answered already.');
      isOpen = false;
      this.#openRequests--;
    };
    const { network, topology } = invitation.genesis;
    this.#answerer({
      from: { id: peer.id, name: peer.name },
      network: { id: network, name: invitation.name, topology },
      accept: async () => {
        close();
        if (!peer.isConnected || !peer.card) throw new NetfluxError(ErrorCode.UnknownPeer, 'The peer that asked is gone.');
        answer(null, '');
        const start = { genesis: invitation.genesis, admission: invitation.admission, name: invitation.name, server: null, signaling: null };
        return this.#startNetwork(start, [{ card: peer.card, incarnation: peer.incarnation, displayName: peer.name }]);
      },
      decline: (why = '') => {
        close();
        answer(DeclinedReason.Declined, why);
      },
    });
    return undefined;
  }

  /** @param {string} peer @param {bigint} id @param {number | null} reason @param {string} why */
  #onAnswered(peer, id, reason, why) {
    const invited = this.#invited.get(id);
    if (invited?.peer !== peer) return;
    this.#invited.delete(id);
    invited.answered(reason === null ? { accepted: true } : { accepted: false, reason: nameOf(DeclinedReason, reason), why });
  }
}

/** http(s) is accepted for ws(s); what stands behind the authority is dropped. @param {string} url */
function serverOf(url) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const scheme = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' }[parsed?.protocol ?? ''];
  if (!parsed || !scheme) throw new NetfluxError(ErrorCode.InvalidAddress, `'${url}' is no signaling server; expected is wss://host[:port].`);
  return `${scheme}//${parsed.host}`;
}
