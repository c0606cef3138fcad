// Records that are signed once and passed on as the exact bytes that were signed (docs/WIRE.md, "Signed records"), and the card that an identity is known by.

import { concat, equals, idOf } from '../bytes.js';
import { sha256 } from '../sha256.js';
import { SignedRecord } from '../wire/messages.js';
import { isOnCurve, POINT_BYTES, SIGNATURE_BYTES, verify } from './curve.js';

/**
 * @typedef {{ id: string, bytes: Uint8Array, signingPoint: Uint8Array, sealingPoint: Uint8Array }} PeerCard
 * @typedef {{ card: PeerCard, sign: (purpose: string, body: Uint8Array) => Promise<Uint8Array>, agree: (point: Uint8Array) => Promise<Uint8Array | null> }} PeerKeys
 */

// The limits on what others sign and send; every member has to judge a record alike, so they are those of Netflux.Identity.IdentityOptions.
export const CLOCK_TOLERANCE = 2 * 60_000;
export const ADMISSION_BYTES_MAX = 2 << 10;
export const TICKET_BYTES_MAX = ADMISSION_BYTES_MAX - 200;
export const TICKET_LIFE_MAX = 366 * 24 * 3_600_000;
export const TOPOLOGY_BYTES_MAX = 16 << 10;
export const GENESIS_BYTES_MAX = TOPOLOGY_BYTES_MAX + (1 << 10);
export const MEMBER_BYTES_MAX = 6 << 10;
export const INVITATION_BYTES_MAX = GENESIS_BYTES_MAX + ADMISSION_BYTES_MAX + (1 << 10);
export const INTRODUCTION_BYTES_MAX = 8 << 10;
export const NONCE_BYTES = 16;

/** A record that is not taken, and why. */
export class Refusal {
  /** @param {string} why */
  constructor(why) {
    this.why = why;
  }
}

/** @template T @param {T | Refusal} result @returns {result is Refusal} */
export const isRefused = result => result instanceof Refusal;

/** @param {PeerKeys} signer @param {string} purpose @param {Uint8Array} body @returns {Promise<Uint8Array>} */
export async function createRecord(signer, purpose, body) {
  return SignedRecord.encode({ body, signingKey: signer.card.signingPoint, signature: await signer.sign(purpose, body) });
}

/**
 * Opens the envelope and verifies the signature. One record has one encoding: others are refused, so that those who pass a record on cannot vary it.
 * @param {Uint8Array} record @param {string} purpose @param {number} bytesMax @returns {Promise<{ body: Uint8Array, signer: string } | Refusal>}
 */
export async function openRecord(record, purpose, bytesMax) {
  if (record.length > bytesMax) return new Refusal(`It has ${record.length} bytes; at most ${bytesMax} are read.`);
  const envelope = SignedRecord.decode(record);
  if (!envelope || !equals(SignedRecord.encode(envelope), record)) return new Refusal('It is not a signed record.');
  if (!(await verify(envelope.signingKey, purpose, envelope.body, envelope.signature))) return new Refusal('Its signature does not hold.');
  return { body: envelope.body, signer: peerIdOf(envelope.signingKey) };
}

/** @param {Uint8Array} signingPoint */
export const peerIdOf = signingPoint => idOf(sha256(signingPoint));

// ---- Cards: signing point, sealing point, and the first's signature over the second ----

export const CARD_BYTES = POINT_BYTES + POINT_BYTES + SIGNATURE_BYTES;
export const SEALING_KEY_PURPOSE = 'netflux sealing key v1';

/** Null unless both points are on the curve and the signature holds. @param {Uint8Array} bytes @returns {Promise<PeerCard | null>} */
export async function parseCard(bytes) {
  if (bytes.length !== CARD_BYTES) return null;
  const card = cardOf(bytes);
  const signed = await verify(card.signingPoint, SEALING_KEY_PURPOSE, card.sealingPoint, bytes.subarray(2 * POINT_BYTES));
  return signed && (await isOnCurve(card.sealingPoint)) ? card : null;
}

/** A card that is known to hold, because it is one's own. @param {Uint8Array} bytes @returns {PeerCard} */
export function cardOf(bytes) {
  const signingPoint = bytes.slice(0, POINT_BYTES);
  return { id: peerIdOf(signingPoint), bytes: bytes.slice(), signingPoint, sealingPoint: bytes.slice(POINT_BYTES, 2 * POINT_BYTES) };
}

/** @param {Uint8Array} signingPoint @param {Uint8Array} sealingPoint @param {Uint8Array} signature */
export const joinCard = (signingPoint, sealingPoint, signature) => concat(signingPoint, sealingPoint, signature);
