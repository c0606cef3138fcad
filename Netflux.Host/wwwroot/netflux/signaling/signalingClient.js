// The client's side of the conversation with one signaling server: it connects when something is wanted, proves who it is, keeps doors and meeting points over reconnections and
// restarts of the server, renews its leases, and answers every ask (docs/WIRE.md, "Signaling"). A failed dial answers what is asked at once, because a person waits; what was
// established is dialled for without end.

import { idBytes, idOf, ID_BYTES, isId } from '../bytes.js';
import { parseGenesis } from '../identity/genesis.js';
import { isRefused, parseCard } from '../identity/records.js';
import { jitter } from '../fullMesh/options.js';
import { TokenBucket } from '../session/sessionOptions.js';
import { CloseCode, ErrorCode, isOneOf, NetfluxError } from '../wire/codes.js';
import { isDisplayName, sentence } from '../wire/frames.js';
import { ToClient, ToServer } from '../wire/messages.js';
import { SIGNALING_PURPOSE, signalingProofBody } from './signalingProof.js';

/**
 * @typedef {{ card: import('../identity/records.js').PeerCard, incarnation: bigint, displayName: string }} MemberOnline
 * @typedef {{ genesis: import('../identity/genesis.js').Genesis, members: MemberOnline[], created: boolean, name: string | null }} DoorOpened
 *
 * Where the connection stands. `replaced`: a newer incarnation took this one's place, and nothing is dialled any more.
 * @typedef {{ is: 'idle' } | { is: 'dialling', socket: WebSocket } | { is: 'greeting', socket: WebSocket } | { is: 'proving', socket: WebSocket }
 *         | { is: 'open', socket: WebSocket, since: number, renewal: bigint | null } | { is: 'waiting' } | { is: 'replaced' }} SignalingState
 *
 * @typedef {object} SignalingContext
 * @property {string} server ws(s)://host[:port]
 * @property {string} [token] the access token that this server asks for
 * @property {import('../identity/records.js').PeerKeys} keys
 * @property {string} displayName
 * @property {{ current: bigint, raiseAbove: (seen: bigint) => void }} incarnation
 * @property {(from: string, room: string, sealed: Uint8Array) => void} introduced
 * @property {(network: string, members: MemberOnline[]) => void} doorReopened
 * @property {() => void} replaced a newer incarnation is online
 * @property {(up: boolean, text: string) => void} changed the connection is up, or down and why
 */

// The numbers of Netflux.Transport.Signaling.Client.SignalingClientOptions, in milliseconds.
const CONNECT_TIMEOUT = 4_000, REQUEST_TIMEOUT = 9_000, RECONNECT_MIN = 250, RECONNECT_MAX = 10_000, STABLE_AFTER = 10_000, RETRY_AFTER_MAX = 60_000;
const LEASE_MIN = 3_000, LEASE_MAX = 600_000, MEMBERS_MAX = 64, REQUESTS_MAX = 2_048, MESSAGES_PER_SECOND = 200, MESSAGES_BURST = 2_000;
const DENIED_PAUSE = 60_000, VERSION = 1, NONCE_BYTES = 32;

export const DoorMode = { Join: 0, Create: 1, JoinOrCreate: 2 };

export class SignalingClient {
  #context;
  #authority;
  /** @type {SignalingState} */
  #state = { is: 'idle' };
  /** @type {Map<bigint, { say: Record<string, any>, answered: (answer: any) => void, failed: (error: NetfluxError) => void, timer: ReturnType<typeof setTimeout> }>} */
  #pending = new Map();
  /** @type {Map<string, { text: string, genesis: Uint8Array }>} doors that are kept open */
  #doors = new Map();
  /** @type {Map<string, { request: bigint, met: boolean, resolve: (met: { other: MemberOnline, first: boolean }) => void, reject: (error: NetfluxError) => void }>} */
  #meetings = new Map();
  #lastRequest = 0n;
  #failures = 0;
  #lease = LEASE_MIN;
  #fromServer = new TokenBucket(MESSAGES_BURST, MESSAGES_PER_SECOND);
  /** @type {ReturnType<typeof setTimeout> | undefined} of the state */
  #timer = undefined;
  /** Messages are read one after the other, though their cards are verified asynchronously. */
  #reading = Promise.resolve();

  /** @param {SignalingContext} context */
  constructor(context) {
    this.#context = context;
    // As the URL parser writes it: lower case, the scheme's own port left out.
    this.#authority = new URL(context.server).host;
  }

  get #address() {
    return `${this.#context.server.replace(/\/$/, '')}/netflux/signal`;
  }

  get isUp() {
    return this.#state.is === 'open';
  }

  // ---- What this page wants ----

  /** Registers at a network's door, again after every reconnection, until closeDoor. @param {string} door a name or an id @param {Uint8Array} genesis @param {number} mode of DoorMode @returns {Promise<DoorOpened>} */
  async openDoor(door, genesis, mode) {
    const opened = await this.#ask({ openDoor: { door, genesis, mode, track: false } });
    const parsed = await parseGenesis(opened.genesis);
    if (isRefused(parsed)) throw new NetfluxError(ErrorCode.InvalidTopology, `The server's record of the network cannot be used: ${parsed.why}`);
    if (isId(door) && door !== parsed.network) {
      this.#sayCloseDoor(parsed.network);
      throw new NetfluxError(ErrorCode.NetworkNotFound, 'The server answered with another network than the one asked for.');
    }
    this.#doors.set(parsed.network, { text: door, genesis: parsed.record });
    return { genesis: parsed, members: await this.#readMembers(opened.members), created: opened.created, name: isId(door) ? opened.name || null : door };
  }

  /** @param {string} network */
  closeDoor(network) {
    if (this.#doors.delete(network) && this.isUp) this.#sayCloseDoor(network);
  }

  /** Who is online now. @param {string} network @returns {Promise<MemberOnline[]>} */
  async listMembers(network) {
    return this.#readMembers((await this.#ask({ listMembers: { network: idBytes(network) } })).members);
  }

  /** Passes an introduction on; rejects where the other is not there. @param {string} to @param {string} room a network's id, or meet/KEY @param {Uint8Array} sealed @returns {Promise<void>} */
  introduce(to, room, sealed) {
    return this.#ask({ introduce: { to: idBytes(to), room, sealed } });
  }

  /** Waits at a meeting point for the other. @param {string} key @returns {Promise<{ other: MemberOnline, first: boolean }>} */
  meet(key) {
    const refusal = this.#meetings.has(key) ? new NetfluxError(ErrorCode.TooMany, 'This page waits at this meeting point already.') : this.#cannotAsk();
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#meetings.set(key, { request: 0n, met: false, resolve, reject });
      if (this.isUp) this.#sayMeet(key);
      else this.hurry();
    });
  }

  /** No longer waits, or is done with the one met. @param {string} key */
  leaveMeeting(key) {
    const meeting = this.#meetings.get(key);
    if (!this.#meetings.delete(key)) return;
    if (!meeting?.met) meeting?.reject(new NetfluxError(ErrorCode.Cancelled, 'This page no longer waits at the meeting point.'));
    if (this.isUp) this.#say({ leaveMeeting: { key } });
  }

  /** Somebody waits for an answer, or the network of the machine is back: the pause between two attempts ends. */
  hurry() {
    if (this.#state.is === 'waiting' || this.#state.is === 'idle') this.#dial();
  }

  /** Says goodbye; nothing is dialled any more. */
  stop() {
    this.#enter({ is: 'replaced' }, CloseCode.Done, 'The page goes.');
    this.#failAll(new NetfluxError(ErrorCode.Stopping, 'Netflux is shutting down.'));
  }

  // ---- The connection ----

  #dial() {
    const { token } = this.#context;
    // A page gives a WebSocket no headers: the token goes as a subprotocol, which the server does not repeat.
    const socket = new WebSocket(this.#address, token ? ['netflux.v1', `netflux.bearer.${base64url(token)}`] : []);
    socket.binaryType = 'arraybuffer';
    this.#enter({ is: 'dialling', socket });
    this.#setTimer(CONNECT_TIMEOUT, () => this.#connectFailed(ErrorCode.ServerUnreachable, `The signaling server at ${this.#context.server} did not answer in time.`));
    socket.onopen = () => {
      if (this.#isOf(socket)) this.#state = { is: 'greeting', socket };
    };
    socket.onmessage = event => {
      if (event.data instanceof ArrayBuffer) this.#read(socket, new Uint8Array(event.data));
    };
    socket.onclose = event => {
      this.#reading = this.#reading.then(() => this.#onClosed(socket, event));
    };
  }

  /** @param {WebSocket} socket @param {CloseEvent} event */
  #onClosed(socket, event) {
    if (!this.#isOf(socket)) return;
    const text = sentence(event.reason);
    if (this.#state.is === 'open') {
      if (event.code === CloseCode.Replaced) return this.#beReplaced();
      if (Date.now() - this.#state.since >= STABLE_AFTER) this.#failures = 0;
      this.#wait(null, `The signaling server is gone${text ? `: ${text}` : ''}.`);
    } else if (this.#state.is === 'dialling') this.#explainDial(socket);
    else {
      const busy = event.code === CloseCode.TooManyConnections || event.code === CloseCode.Stopping;
      this.#connectFailed(busy ? ErrorCode.ServerBusy : ErrorCode.ServerUnreachable, `The signaling server at ${this.#context.server} closed the connection: ${text}`);
    }
  }

  /** Browsers do not say why a WebSocket was refused, but a page that the server sent may ask there itself. Any other only knows that it was. @param {WebSocket} socket */
  async #explainDial(socket) {
    const { server, token } = this.#context;
    const headers = new Headers(token ? { authorization: `Bearer ${token}` } : {});
    const answer = await fetch(this.#address.replace(/^ws/, 'http'), { headers, cache: 'no-store' }).catch(() => null);
    if (!this.#isOf(socket)) return;
    if (answer?.status === 401 || answer?.status === 403) {
      this.#connectFailed(ErrorCode.AccessDenied, token ? `The signaling server at ${server} does not take this access token; it is wrong, or no longer valid.` : `The signaling server at ${server} asks for an access token.`, DENIED_PAUSE);
    } else if (answer?.status === 429) this.#connectFailed(ErrorCode.ServerBusy, `The signaling server at ${server} takes no further connections now; try again later.`, 1_000 * Number(answer.headers.get('retry-after') ?? 0));
    else this.#connectFailed(ErrorCode.ServerUnreachable, `The signaling server at ${server} cannot be reached.`);
  }

  /** A connection did not come about: who asked is told at once; what was established goes on waiting. @param {number} code @param {string} text @param {number | null} [retryAfter] */
  #connectFailed(code, text, retryAfter = null) {
    this.#failAll(new NetfluxError(code, text));
    this.#wait(retryAfter, text);
  }

  /** @param {number | null} retryAfter @param {string} text */
  #wait(retryAfter, text) {
    const pause = Math.min(RECONNECT_MAX, Math.max(RECONNECT_MIN, jitter(Math.min(RECONNECT_MAX, RECONNECT_MIN * 2 ** Math.min(this.#failures++, 16)), 0.5, Math.random)));
    this.#enter({ is: 'waiting' });
    this.#context.changed(false, text);
    const isWanted = this.#doors.size > 0 || this.#pending.size > 0 || this.#meetings.size > 0;
    if (isWanted) this.#setTimer(Math.max(pause, Math.min(retryAfter ?? 0, RETRY_AFTER_MAX)), () => this.#dial());
    else this.#state = { is: 'idle' };
  }

  /** Leaves the state for another; a socket of the old one that is not of the new is closed. @param {SignalingState} state @param {number} [code] @param {string} [reason] */
  #enter(state, code = CloseCode.Done, reason = '') {
    const [old, kept] = ['socket' in this.#state ? this.#state.socket : null, 'socket' in state ? state.socket : null];
    clearTimeout(this.#timer);
    this.#state = state;
    if (old && old !== kept) old.close(code, reason);
  }

  /** @param {number} code @param {string} text */
  #drop(code, text) {
    const wasOpen = this.#state.is === 'open';
    this.#enter({ is: 'waiting' }, code, text.slice(0, 60));
    if (wasOpen) this.#wait(null, text);
    else this.#connectFailed(ErrorCode.NotASignalingServer, `What answers at ${this.#context.server} is not a Netflux signaling server: ${text}`);
  }

  /** @param {WebSocket} socket */
  #isOf(socket) {
    return 'socket' in this.#state && this.#state.socket === socket;
  }

  /** @param {number} delay @param {() => void} due */
  #setTimer(delay, due) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(due, delay);
  }

  #beReplaced() {
    this.#enter({ is: 'replaced' });
    this.#failAll(new NetfluxError(ErrorCode.Replaced, 'A newer run of this identity has taken its place.'));
    this.#doors.clear();
    this.#context.changed(false, 'A newer run of this identity has taken its place.');
    this.#context.replaced();
  }

  // ---- What the server says. It is trusted with introducing, and with nothing else ----

  /** @param {WebSocket} socket @param {Uint8Array} bytes */
  #read(socket, bytes) {
    if (!this.#isOf(socket)) return;
    const message = ToClient.decode(bytes);
    if (!this.#fromServer.tryTake(performance.now())) this.#drop(CloseCode.Flooding, 'The server sends faster than the limits allow.');
    else if (!message?.say) this.#drop(CloseCode.ProtocolViolated, 'A message that cannot be read came.');
    else this.#reading = this.#reading.then(() => (this.#isOf(socket) ? this.#onMessage(message) : undefined));
  }

  /** @param {any} message */
  async #onMessage(message) {
    const { request, say } = message;
    const state = this.#state.is;
    if (say === 'hello' && state === 'greeting') return this.#onHello(message.hello);
    if (say === 'refused' && (state === 'greeting' || state === 'proving')) return this.#connectFailed(errorOf(message.refused), `The signaling server refuses the connection: ${sentence(message.refused.text)}`, message.refused.retryAfterMs);
    if (say === 'welcome' && (state === 'proving' || state === 'open')) return this.#onWelcome(message.welcome);
    if (state !== 'open' || say === 'hello') return this.#drop(CloseCode.ProtocolViolated, `${say} came where it is not due.`);
    switch (say) {
      case 'met': return this.#onMet(request, message.met);
      case 'introduced': return this.#onIntroduced(message.introduced);
      case 'renewed': return this.#onRenewed(request, message.renewed);
      case 'goElsewhere': return this.#drop(CloseCode.Done, 'The server asked to go elsewhere.');
      case 'refused': return this.#onRefused(request, message.refused);
      default: return this.#settle(request, pending => pending.answered(message[say]));
    }
  }

  /** @param {any} hello */
  async #onHello(hello) {
    if (hello.nonce.length !== NONCE_BYTES || hello.versionMin > hello.versionMax) return this.#drop(CloseCode.NotSignaling, 'its greeting cannot be read');
    if (hello.versionMin > VERSION || hello.versionMax < VERSION) {
      return this.#connectFailed(ErrorCode.VersionNotSupported, `The signaling server speaks versions ${hello.versionMin} to ${hello.versionMax}, this page ${VERSION}.`);
    }
    this.#lease = Math.min(LEASE_MAX, Math.max(LEASE_MIN, hello.leaseMs));
    const { keys, displayName, incarnation: { current: incarnation } } = this.#context;
    const signature = await keys.sign(SIGNALING_PURPOSE, signalingProofBody(VERSION, hello.nonce, incarnation, this.#authority, displayName));
    if (this.#state.is !== 'greeting') return;
    this.#state = { is: 'proving', socket: this.#state.socket };
    this.#say({ hello: { version: VERSION, card: keys.card.bytes, incarnation, displayName, authority: this.#authority, signature } }, 0n);
  }

  /** @param {any} welcome */
  #onWelcome(welcome) {
    if (this.#state.is !== 'proving' && this.#state.is !== 'open') return;
    if (welcome.seenIncarnation > this.#context.incarnation.current) {
      if (welcome.newerOnline || this.#state.is === 'open') return this.#beReplaced();
      // A clock that went back: the next attempt carries a higher one.
      this.#context.incarnation.raiseAbove(welcome.seenIncarnation);
      return this.#wait(null, 'The server has seen a newer run of this identity.');
    }
    if (this.#state.is === 'open') return;
    this.#enter({ is: 'open', socket: this.#state.socket, since: Date.now(), renewal: null });
    this.#renewLater();
    this.#context.changed(true, '');
    // Doors first, so that what waits finds this peer in its rooms.
    for (const network of this.#doors.keys()) this.#reopen(network);
    for (const [key, meeting] of this.#meetings) if (!meeting.met) this.#sayMeet(key);
    for (const [request, pending] of this.#pending) if (!pending.say.reopens) this.#say(pending.say, request);
  }

  /** @param {bigint} request @param {any} met */
  async #onMet(request, met) {
    const meeting = this.#meetings.get(met.key);
    if (!meeting) return void this.#say({ leaveMeeting: { key: met.key } }); // late: undone
    if (meeting.request !== request || meeting.met) return;
    const [other] = await this.#readMembers(met.other ? [met.other] : []);
    if (!other) {
      this.#meetings.delete(met.key);
      this.#say({ leaveMeeting: { key: met.key } });
      return meeting.reject(new NetfluxError(ErrorCode.PeerUnreachable, 'The server named a peer whose keys cannot be verified.'));
    }
    meeting.met = true;
    meeting.resolve({ other, first: met.first });
  }

  /** @param {any} introduced */
  #onIntroduced({ from, room, sealed }) {
    // Of a room that was left meanwhile, or never entered: nobody to tell.
    const isKnown = isId(room) ? this.#doors.has(room) : room.startsWith('meet/') && this.#meetings.has(room.slice(5));
    if (isKnown && from.length === ID_BYTES) this.#context.introduced(idOf(from), room, sealed);
  }

  /** @param {bigint} request @param {any} renewed */
  #onRenewed(request, renewed) {
    if (this.#state.is !== 'open' || this.#state.renewal !== request) return;
    this.#state.renewal = null;
    if (Date.now() - this.#state.since >= STABLE_AFTER) this.#failures = 0;
    for (const bytes of renewed.unknown.slice(0, this.#doors.size)) {
      const network = bytes.length === ID_BYTES ? idOf(bytes) : '';
      if (this.#doors.has(network)) this.#reopen(network);
    }
  }

  /** @param {bigint} request @param {any} refused */
  #onRefused(request, refused) {
    const error = new NetfluxError(errorOf(refused), sentence(refused.text));
    for (const [key, meeting] of this.#meetings) {
      if (meeting.request !== request || meeting.met) continue;
      this.#meetings.delete(key);
      return meeting.reject(error);
    }
    this.#settle(request, pending => pending.failed(error));
  }

  /** @param {any[]} members @returns {Promise<MemberOnline[]>} */
  async #readMembers(members) {
    const read = await Promise.all(members.slice(0, MEMBERS_MAX).map(async wire => {
      const card = isDisplayName(wire.displayName) ? await parseCard(wire.card) : null;
      return card && card.id !== this.#context.keys.card.id ? { card, incarnation: wire.incarnation, displayName: wire.displayName } : null;
    }));
    return read.filter(member => member !== null);
  }

  // ---- Asking ----

  /** @param {Record<string, any>} say @returns {Promise<any>} */
  #ask(say) {
    const refusal = this.#cannotAsk();
    if (refusal) return Promise.reject(refusal);
    return new Promise((answered, failed) => {
      const request = ++this.#lastRequest;
      const timer = setTimeout(() => this.#settle(request, () => failed(new NetfluxError(ErrorCode.TimedOut, `The signaling server at ${this.#context.server} did not answer in time.`))), REQUEST_TIMEOUT);
      this.#pending.set(request, { say, answered, failed, timer });
      if (this.isUp) this.#say(say, request);
      else this.hurry();
    });
  }

  #cannotAsk() {
    if (this.#state.is === 'replaced') return new NetfluxError(ErrorCode.Replaced, 'A newer run of this identity has taken its place, or this one was stopped.');
    return this.#pending.size + this.#meetings.size >= REQUESTS_MAX ? new NetfluxError(ErrorCode.TooMany, `${REQUESTS_MAX} requests to the signaling server are open; try again later.`) : null;
  }

  /** @param {bigint} request @param {(pending: { answered: (answer: any) => void, failed: (error: NetfluxError) => void }) => void} tell */
  #settle(request, tell) {
    const pending = this.#pending.get(request);
    if (!pending) return;
    this.#pending.delete(request);
    clearTimeout(pending.timer);
    tell(pending);
  }

  /** @param {NetfluxError} error */
  #failAll(error) {
    for (const request of [...this.#pending.keys()]) this.#settle(request, pending => pending.failed(error));
    for (const [key, meeting] of this.#meetings) {
      // A wait that the server has had once is kept over reconnections.
      if (meeting.request !== 0n && error.number !== ErrorCode.Replaced && error.number !== ErrorCode.Stopping) continue;
      this.#meetings.delete(key);
      if (!meeting.met) meeting.reject(error);
    }
  }

  /** A client that reconnects opens its doors again; where another network took the name meanwhile, it opens the door by the id. @param {string} network */
  async #reopen(network) {
    const door = this.#doors.get(network);
    if (!door) return;
    try {
      const opened = await this.#ask({ openDoor: { door: door.text, genesis: door.genesis, mode: DoorMode.Join, track: false }, reopens: network });
      const parsed = await parseGenesis(opened.genesis);
      if (isRefused(parsed) || parsed.network !== network || !this.#doors.has(network)) return;
      this.#context.doorReopened(network, await this.#readMembers(opened.members));
    } catch (error) {
      // Any other failure is tried again at the next renewal, or the next connection.
      if (!(error instanceof NetfluxError) || error.number !== ErrorCode.NameTaken || door.text === network) return;
      door.text = network;
      await this.#reopen(network);
    }
  }

  #renewLater() {
    this.#setTimer(this.#lease / 3, () => {
      if (this.#state.is !== 'open') return;
      if (this.#state.renewal !== null) return this.#drop(CloseCode.Lost, 'The server did not answer a renewal.');
      this.#state.renewal = this.#say({ renew: { networks: [...this.#doors.keys()].map(idBytes) } });
      this.#renewLater();
    });
  }

  /** @param {string} network */
  #sayCloseDoor(network) {
    this.#say({ closeDoor: { network: idBytes(network) } });
  }

  /** @param {string} key */
  #sayMeet(key) {
    const meeting = this.#meetings.get(key);
    if (meeting) meeting.request = this.#say({ meet: { key } });
  }

  /** @param {Record<string, any>} say @param {bigint} [request] */
  #say(say, request = ++this.#lastRequest) {
    if ('socket' in this.#state && this.#state.socket.readyState === WebSocket.OPEN) this.#state.socket.send(ToServer.encode({ request, ...say }));
    return request;
  }
}

/** Of ASCII, RFC 4648 §5 without padding: what a subprotocol may hold. @param {string} text */
const base64url = text => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** What a server can know; any other number is of a later version, or made up. @param {{ code: number }} refused */
const errorOf = refused => (isOneOf(ErrorCode, refused.code) ? refused.code : ErrorCode.ServerBusy);

