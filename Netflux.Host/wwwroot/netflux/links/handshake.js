// Hello and Proof (docs/WIRE.md, "A link"): each side proves its key over what both said and over the binding of the link, so that neither a server nor a relay can stand in between.
//
//   dialler            listener
//     Hello  ──────────→
//            ←────────── Hello
//            ←────────── Proof
//     Proof  ──────────→        both: proven

import { concat, hex, randomBytes, u32, utf8 } from '../bytes.js';
import { createEphemeral, hkdf, POINT_BYTES, SIGNATURE_BYTES, verify } from '../identity/curve.js';
import { CARD_BYTES, parseCard } from '../identity/records.js';
import { sha256 } from '../sha256.js';
import { CloseCode } from '../wire/codes.js';
import { closeBody, FrameKind, isDisplayName, readCloseBody } from '../wire/frames.js';
import { Hello, Proof } from '../wire/messages.js';

/**
 * @typedef {'dialler' | 'listener'} Role
 * @typedef {object} HandshakeContext
 * @property {Role} role
 * @property {import('../identity/records.js').PeerKeys} keys
 * @property {bigint} incarnation
 * @property {string} displayName
 * @property {string | null} expected whom we mean; null takes anybody
 * @property {string} authority what a dialler of a WebSocket dialled; empty on links without one
 * @property {Uint8Array} binding what both ends of the connection below know: the authority's bytes, or both certificates' fingerprints
 *
 * @typedef {{ remote: import('../identity/records.js').PeerCard, remoteIncarnation: bigint, displayName: string, fresh: Uint8Array, secret: Uint8Array, transcript: Uint8Array }} Proven
 * @typedef {{ code: number, text: string, tellOther: boolean, seen: bigint | null }} HandshakeFailure
 * @typedef {{ send: Uint8Array[], proven?: Proven, failed?: HandshakeFailure }} HandshakeStep
 */

export const HANDSHAKE_TIMEOUT = 5_000;
const VERSION = 1;
const PROOF_PURPOSE = 'netflux link proof v1';
const HELLO_BYTES_MAX = 4 << 10;
const PROOF_BYTES_MAX = 128;
const NONCE_BYTES = 32;
const AUTHORITY_BYTES_MAX = 300;

/** The nonces and proofs accepted lately. A replay fails anyway, because our own nonce is fresh; with the history it fails under its own name. */
class ProofHistory {
  #seen = new Set();

  /** @param {Uint8Array} value */
  has(value) {
    return this.#seen.has(hex(value));
  }

  /** False if it was there already. @param {Uint8Array} value */
  add(value) {
    if (this.has(value)) return false;
    this.#seen.add(hex(value));
    if (this.#seen.size > 4_096) this.#seen.delete(this.#seen.values().next().value);
    return true;
  }
}

const proofs = new ProofHistory();

export class LinkHandshake {
  #context;
  /** @type {{ is: 'helloAwaited', own: OwnHello | null } | { is: 'proofAwaited', remote: any, card: any, transcript: Uint8Array, secret: Uint8Array } | { is: 'over' }} */
  #state = { is: 'helloAwaited', own: null };

  /** @typedef {{ bytes: Uint8Array, ephemeral: Awaited<ReturnType<typeof createEphemeral>> }} OwnHello */

  /** @param {HandshakeContext} context */
  constructor(context) {
    this.#context = context;
  }

  /** The dialler speaks first. @returns {Promise<HandshakeStep>} */
  async start() {
    if (this.#context.role === 'listener') return { send: [] };
    const own = await this.#createHello(this.#context.authority);
    this.#state = { is: 'helloAwaited', own };
    return { send: [own.bytes] };
  }

  /** One message of the link that came before the proof. @param {Uint8Array} message @returns {Promise<HandshakeStep>} */
  async receive(message) {
    if (this.#state.is === 'over') return { send: [] };
    if (message[0] === FrameKind.Close) {
      const close = readCloseBody(message.subarray(1));
      if (close) return this.#fail(close.code, close.text, false, close.seen);
    }
    if (this.#state.is === 'helloAwaited') return message[0] === FrameKind.Hello ? this.#onHello(message, this.#state.own) : this.#fail(CloseCode.HandshakeExpected, 'Hello was due.');
    return message[0] === FrameKind.Proof ? this.#onProof(message, this.#state) : this.#fail(CloseCode.HandshakeExpected, 'Proof was due.');
  }

  /** @returns {HandshakeStep} */
  timeOut() {
    return this.#state.is === 'over' ? { send: [] } : this.#fail(CloseCode.HandshakeTimeout, 'The handshake took too long.');
  }

  /** @param {Uint8Array} message @param {OwnHello | null} sent @returns {Promise<HandshakeStep>} */
  async #onHello(message, sent) {
    const remote = parseHello(message);
    const card = remote && (await parseCard(remote.card));
    if (!remote || !card) return this.#fail(CloseCode.HelloInvalid, 'The Hello cannot be read.');
    const refusal = this.#refuse(remote, card);
    if (refusal) return this.#fail(...refusal);
    // The listener has waited until now: nothing is computed for those who do not even say Hello.
    const own = sent ?? (await this.#createHello(''));
    const secret = await own.ephemeral.agree(remote.ephemeralKey);
    if (!secret) return this.#fail(CloseCode.HelloInvalid, 'The ephemeral key is not a point of the curve.');
    const transcript = sent ? hashTranscript(own.bytes, message) : hashTranscript(message, own.bytes);
    this.#state = { is: 'proofAwaited', remote, card, transcript, secret };
    return { send: sent ? [] : [own.bytes, await this.#prove(transcript)] };
  }

  /** @param {any} remote @param {import('../identity/records.js').PeerCard} card @returns {[number, string] | null} */
  #refuse(remote, card) {
    if (remote.versionMin > VERSION || remote.versionMax < VERSION) return [CloseCode.VersionNotSupported, `Version ${VERSION} is spoken here.`];
    if (card.id === this.#context.keys.card.id) return [CloseCode.Self, 'A peer does not link to itself.'];
    if (this.#context.expected !== null && card.id !== this.#context.expected) return [CloseCode.WrongPeer, 'Another peer was expected.'];
    if (this.#context.role === 'listener' && remote.authority !== '') return [CloseCode.AuthorityMismatch, 'The authority that was dialled is not ours.'];
    if (proofs.has(remote.nonce)) return [CloseCode.ProofReplayed, 'The nonce was used before.'];
    return null;
  }

  /** @param {Uint8Array} message @param {{ remote: any, card: import('../identity/records.js').PeerCard, transcript: Uint8Array, secret: Uint8Array }} awaited @returns {Promise<HandshakeStep>} */
  async #onProof(message, { remote, card, transcript, secret }) {
    const proof = message.length <= PROOF_BYTES_MAX ? Proof.decode(message.subarray(1)) : null;
    if (!proof || proof.signature.length !== SIGNATURE_BYTES) return this.#fail(CloseCode.ProofInvalid, 'The Proof cannot be read.');
    const otherRole = this.#context.role === 'dialler' ? 'listener' : 'dialler';
    if (!(await verify(card.signingPoint, PROOF_PURPOSE, this.#toBeSigned(otherRole, transcript), proof.signature))) return this.#fail(CloseCode.ProofInvalid, 'The signature does not hold for this link.');
    // Both are remembered only now, so that nobody can fill the history, or spoil another's nonce, without a key.
    if (!proofs.add(remote.nonce) || !proofs.add(proof.signature)) return this.#fail(CloseCode.ProofReplayed, 'The proof was used before.');
    const send = this.#context.role === 'dialler' ? [await this.#prove(transcript)] : [];
    const fresh = await hkdf(secret, transcript, 'netflux session v1', 16);
    this.#state = { is: 'over' };
    return { send, proven: { remote: card, remoteIncarnation: remote.incarnation, displayName: remote.displayName, fresh, secret, transcript } };
  }

  /** @param {string} authority @returns {Promise<OwnHello>} */
  async #createHello(authority) {
    const { keys, incarnation, displayName } = this.#context;
    const ephemeral = await createEphemeral();
    const hello = { versionMin: VERSION, versionMax: VERSION, card: keys.card.bytes, incarnation, nonce: randomBytes(NONCE_BYTES), ephemeralKey: ephemeral.point, displayName, authority };
    return { bytes: concat(Uint8Array.of(FrameKind.Hello), Hello.encode(hello)), ephemeral };
  }

  /** @param {Uint8Array} transcript */
  async #prove(transcript) {
    const signature = await this.#context.keys.sign(PROOF_PURPOSE, this.#toBeSigned(this.#context.role, transcript));
    return concat(Uint8Array.of(FrameKind.Proof), Proof.encode({ signature }));
  }

  /** @param {Role} role @param {Uint8Array} transcript */
  #toBeSigned(role, transcript) {
    return concat(Uint8Array.of(role === 'dialler' ? 0 : 1), transcript, this.#context.binding);
  }

  /** @param {number} code @param {string} text @param {boolean} [tellOther] @param {bigint | null} [seen] @returns {HandshakeStep} */
  #fail(code, text, tellOther = true, seen = null) {
    this.#state = { is: 'over' };
    return { send: tellOther ? [concat(Uint8Array.of(FrameKind.Close), closeBody(code, text))] : [], failed: { code, text, tellOther, seen } };
  }
}

/** Lengths are checked before anything is verified. @param {Uint8Array} message */
function parseHello(message) {
  const hello = message.length <= HELLO_BYTES_MAX ? Hello.decode(message.subarray(1)) : null;
  const right = hello && hello.card.length === CARD_BYTES && hello.nonce.length === NONCE_BYTES && hello.ephemeralKey.length === POINT_BYTES
    && hello.versionMin <= hello.versionMax && isDisplayName(hello.displayName) && utf8(hello.authority).length <= AUTHORITY_BYTES_MAX;
  return right ? hello : null;
}

/** Each Hello behind its length, so that no bytes can move from one to the other; the kind byte counts. @param {Uint8Array} dialler @param {Uint8Array} listener */
export const hashTranscript = (dialler, listener) => sha256(concat(u32(dialler.length), dialler, u32(listener.length), listener));
