// Links over WebRTC data channels: one RTCPeerConnection each, one negotiated channel on it. Its offer, answer and candidates travel as signals in introductions, which are signed and
// sealed, so that whoever passes them on cannot put another certificate in their place; and Proof covers both certificates.

import { concat, fromHex, hex, randomBytes } from '../bytes.js';
import { CONNECTION_BYTES } from '../identity/introduction.js';
import { CloseCode } from '../wire/codes.js';
import { readCloseText, writeCloseText } from './closeText.js';

/** @typedef {import('./link.js').RawLink} RawLink */
/** @typedef {import('../identity/introduction.js').ConnectionSignal} ConnectionSignal */

const MESSAGE_BYTES_MAX = 16 << 10;
const LOW_WATER = 64 << 10;
// Most candidates are those of the machine's own addresses and found within this; so they need no introductions of their own. Guess.
const GATHER_PATIENCE = 250;
const TRICKLE_INTERVAL = 200; // guess: later candidates come in bursts, and each introduction costs two signatures
// What receivers take (Netflux.Identity.IdentityOptions): a description, one candidate line, and how many of them at once.
const DESCRIPTION_BYTES_MAX = 4_000, CANDIDATE_BYTES_MAX = 256, CANDIDATES_MAX = 15;
/** Candidates of one connection, told or taken. Guess: several networks, each with addresses of two kinds. */
const CANDIDATES_IN_ALL_MAX = 64;
/** A polite close takes at most this long, as in Netflux.Transport.DataChannels.DataChannelOptions. */
const CLOSE_LIMIT = 1_000;
/** A connection that has not opened by then is given up: three rounds of a search for links, 5 s each. */
const OPEN_PATIENCE = 15_000;

export const hasDataChannels = () => typeof globalThis.RTCPeerConnection === 'function';

/** One attempt to open a data channel with a peer. */
export class DataChannelAttempt {
  #peer;
  #channel;
  #trickle;
  #isOfferer;
  /** @type {string[]} */
  #later = [];
  #localSdp = '';
  #remoteSdp = '';
  #isDescribed = false;
  #told = 0;
  #taken = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #trickleTimer;
  #patience;
  /** @type {((raw: DataChannelLink | null) => void)} */
  #settle = () => {};
  /** What we said of the connection; said again where the other asks again. @type {ConnectionSignal | null} */
  said = null;

  /** @param {RTCConfiguration} configuration @param {Uint8Array} connection @param {boolean} isOfferer @param {(signal: ConnectionSignal) => void} trickle sends what is found later */
  constructor(configuration, connection, isOfferer, trickle) {
    this.connection = connection;
    this.#isOfferer = isOfferer;
    this.#trickle = trickle;
    this.#peer = new RTCPeerConnection(configuration);
    this.#channel = this.#peer.createDataChannel('netflux', { negotiated: true, id: 0, ordered: true, protocol: 'netflux.v1' });
    this.#channel.binaryType = 'arraybuffer';
    /** The link below, once it is open; null where it could not be opened. @type {Promise<DataChannelLink | null>} */
    this.opened = new Promise(resolve => { this.#settle = resolve; });
    this.#channel.onopen = () => this.#onOpen();
    this.#peer.onconnectionstatechange = () => {
      if (this.#peer.connectionState === 'failed') this.giveUp();
    };
    this.#peer.onicecandidate = event => this.#onCandidate(event.candidate);
    this.#patience = setTimeout(() => this.giveUp(), OPEN_PATIENCE);
  }

  get key() {
    return hex(this.connection);
  }

  get isOfferer() {
    return this.#isOfferer;
  }

  /** Begins an attempt: the signal in `said` is to be sent. @param {RTCConfiguration} configuration @param {(signal: ConnectionSignal) => void} trickle */
  static async offer(configuration, trickle) {
    const attempt = new DataChannelAttempt(configuration, randomBytes(CONNECTION_BYTES), true, trickle);
    await attempt.#unlessGivenUp(async () => {
      const offer = await attempt.#setLocal(await attempt.#peer.createOffer());
      attempt.said = { connection: attempt.connection, say: 'offer', offer };
    });
    return attempt;
  }

  /** Answers one of the other side; `said` stays null where its offer cannot be read. @param {RTCConfiguration} configuration @param {ConnectionSignal} signal @param {(signal: ConnectionSignal) => void} trickle */
  static async answer(configuration, signal, trickle) {
    const attempt = new DataChannelAttempt(configuration, signal.connection, false, trickle);
    await attempt.#unlessGivenUp(async () => {
      if (!(await attempt.#apply({ type: 'offer', sdp: signal.offer }))) return;
      const answer = await attempt.#setLocal(await attempt.#peer.createAnswer());
      attempt.said = { connection: attempt.connection, say: 'answer', answer };
    });
    return attempt;
  }

  /** The other side's answer, or candidates that it found later. @param {ConnectionSignal} signal */
  async take(signal) {
    if (signal.say === 'answer') {
      // Said again after an introduction that was repeated, it changes nothing.
      if (this.#isOfferer && this.#peer.signalingState === 'have-local-offer') await this.#apply({ type: 'answer', sdp: signal.answer });
    } else if (signal.say === 'candidates') {
      for (const candidate of signal.candidates?.lines ?? []) {
        if (++this.#taken > CANDIDATES_IN_ALL_MAX) return;
        await this.#peer.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 }).catch(() => {}); // one that the browser cannot read is of no use, and no harm
      }
    }
  }

  giveUp() {
    this.#stopTimers();
    this.#settle(null);
    this.#peer.close();
  }

  /** What is asked of a connection that is closed meanwhile is never answered (WebRTC 1.0 §4.4.1.2): whoever waits, waits no longer than the attempt lasts. @param {() => Promise<void>} work */
  async #unlessGivenUp(work) {
    await Promise.race([work(), this.opened]);
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #apply(description) {
    this.#remoteSdp = description.sdp ?? '';
    try {
      await this.#peer.setRemoteDescription(description);
      return true;
    } catch {
      this.giveUp(); // The browser says "no such description" in no other way.
      return false;
    }
  }

  /** The local description, with what was found until now; the rest follows. @param {RTCSessionDescriptionInit} description */
  async #setLocal(description) {
    this.#localSdp = description.sdp ?? '';
    await this.#peer.setLocalDescription(description);
    if (this.#peer.iceGatheringState !== 'complete') {
      await new Promise(resolve => {
        const timer = setTimeout(resolve, GATHER_PATIENCE, undefined);
        this.#peer.addEventListener('icegatheringstatechange', () => {
          if (this.#peer.iceGatheringState !== 'complete') return;
          clearTimeout(timer);
          resolve(undefined);
        });
      });
    }
    this.#isDescribed = true;
    // Where there are so many that they do not fit, the last of them follow like those found later.
    const lines = (this.#peer.localDescription?.sdp ?? '').split('\r\n');
    while (lines.join('\r\n').length > DESCRIPTION_BYTES_MAX) {
      const last = lines.findLastIndex(line => line.startsWith('a=candidate:'));
      if (last < 0) break;
      this.#later.push(lines.splice(last, 1)[0].slice(2));
    }
    this.#trickleLater();
    return lines.join('\r\n');
  }

  /** @param {RTCIceCandidate | null} candidate */
  #onCandidate(candidate) {
    // Until then the description takes them along.
    if (!this.#isDescribed || !candidate?.candidate || candidate.candidate.length > CANDIDATE_BYTES_MAX || ++this.#told > CANDIDATES_IN_ALL_MAX) return;
    this.#later.push(candidate.candidate);
    this.#trickleLater();
  }

  #trickleLater() {
    if (this.#later.length === 0) return;
    this.#trickleTimer ??= setTimeout(() => {
      this.#trickleTimer = undefined;
      const lines = this.#later.splice(0, CANDIDATES_MAX);
      this.#trickle({ connection: this.connection, say: 'candidates', candidates: { lines, last: this.#later.length === 0 && this.#peer.iceGatheringState === 'complete' } });
      this.#trickleLater();
    }, TRICKLE_INTERVAL);
  }

  #onOpen() {
    this.#stopTimers();
    // Not what the connection shows: a channel may be open before the page is told that a description was applied.
    const [own, other] = [fingerprintOf(this.#localSdp), fingerprintOf(this.#remoteSdp)];
    if (!own || !other) return this.giveUp();
    // Offerer's, then answerer's.
    this.#settle(new DataChannelLink(this.#peer, this.#channel, this.#isOfferer ? concat(own, other) : concat(other, own)));
  }

  #stopTimers() {
    clearTimeout(this.#patience);
    clearTimeout(this.#trickleTimer);
  }
}

/** The SHA-256 fingerprint (RFC 8122 §5) of a description, 32 bytes. @param {string} sdp */
function fingerprintOf(sdp) {
  const match = /^a=fingerprint:sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})\r?$/im.exec(sdp);
  return match && fromHex(match[1].replaceAll(':', ''));
}

/** @implements {RawLink} */
class DataChannelLink {
  kind = /** @type {const} */ ('dataChannel');
  isSealed = true;
  messageBytesMax = MESSAGE_BYTES_MAX;
  /** @type {(message: Uint8Array) => void} */
  onMessage;
  /** @type {(code: number, text: string) => void} */
  onClosed = () => {};
  #peer;
  #channel;
  /** @type {Uint8Array[]} what comes before somebody listens */
  #early = [];
  #isClosed = false;

  /** @param {RTCPeerConnection} peer @param {RTCDataChannel} channel @param {Uint8Array} binding */
  constructor(peer, channel, binding) {
    this.#peer = peer;
    this.#channel = channel;
    this.binding = binding;
    this.onMessage = message => {
      this.#early.push(message);
    };
    channel.bufferedAmountLowThreshold = LOW_WATER;
    channel.onmessage = event => {
      if (event.data instanceof ArrayBuffer) return this.onMessage(new Uint8Array(event.data));
      const said = readCloseText(event.data);
      return said ? this.#end(said.code, said.text) : this.close(CloseCode.ProtocolViolated, 'Text came that does not close the link.');
    };
    channel.onclose = () => this.#end(CloseCode.Lost, 'The data channel was closed without a word.');
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'failed' || peer.connectionState === 'closed') this.#end(CloseCode.Lost, 'The connection was lost.');
    };
  }

  /** Those that came before go to the listener that has taken the queue's place. */
  start() {
    for (const message of this.#early.splice(0)) this.onMessage(message);
  }

  /** @param {Uint8Array} message */
  send(message) {
    if (this.#channel.readyState === 'open') this.#channel.send(message);
  }

  async drained() {
    if (this.#channel.bufferedAmount <= LOW_WATER || this.#channel.readyState !== 'open') return;
    await new Promise(resolve => {
      this.#channel.addEventListener('bufferedamountlow', resolve, { once: true });
      this.#channel.addEventListener('close', resolve, { once: true });
    });
  }

  /** After what was sent; the reason is the last message. @param {number} code @param {string} text */
  close(code, text) {
    try {
      if (!this.#isClosed && this.#channel.readyState === 'open') this.#channel.send(writeCloseText(code, text));
    } catch { /* Its buffer is full: the other side learns of the end, and not of the reason. */ }
    this.#end(code, text);
  }

  /** Which pair of candidates carries the link, and how it does. */
  async report() {
    const stats = await this.#peer.getStats();
    const all = /** @type {any[]} */ ([...stats.values()]);
    const transport = all.find(stat => stat.type === 'transport' && stat.selectedCandidatePairId);
    const pair = transport ? stats.get(transport.selectedCandidatePairId) : all.find(stat => stat.type === 'candidate-pair' && stat.nominated && stat.state === 'succeeded');
    const [local, remote] = pair ? [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)] : [];
    return pair && local && remote ? {
      local: describeCandidate(local), remote: describeCandidate(remote), roundTripMs: pair.currentRoundTripTime === undefined ? null : Math.round(pair.currentRoundTripTime * 10_000) / 10,
      bytesSent: pair.bytesSent, bytesReceived: pair.bytesReceived,
    } : null;
  }

  /** @param {number} code @param {string} text */
  #end(code, text) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Closing the connection at once would drop what waits in it. The channel closes behind that, once the other side closes it as well.
    const limit = setTimeout(() => this.#peer.close(), CLOSE_LIMIT);
    this.#channel.onmessage = null;
    this.#channel.onclose = () => {
      clearTimeout(limit);
      this.#peer.close();
    };
    this.#channel.close();
    this.onClosed(code, text);
  }
}

/** @param {any} candidate */
const describeCandidate = ({ candidateType, protocol, address, port }) => `${candidateType} ${protocol} ${address?.includes(':') ? `[${address}]` : address || '(hidden)'}:${port}`;
