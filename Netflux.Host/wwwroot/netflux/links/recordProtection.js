// Seals and opens the records of one link: AES-256-GCM, the tag behind. The nonce is the IV base XOR a counter that both sides keep (as in TLS 1.3, RFC 8446 §5.3);
// a link keeps order and loses nothing, so the counter need not travel, and a record that was dropped, repeated or moved does not open.

import { viewOf } from '../bytes.js';
import { hkdf } from '../identity/curve.js';

const KEY_BYTES = 32;
const IV_BYTES = 12;
export const RECORD_OVERHEAD = 16;

class Direction {
  #key;
  #iv;
  #counter = 0n;

  /** @param {CryptoKey} key @param {Uint8Array} iv */
  constructor(key, iv) {
    this.#key = key;
    this.#iv = iv;
  }

  /** The parameters of the next record; taken when it is handed over, so that records may be in the making side by side. */
  next() {
    const iv = this.#iv.slice();
    const view = viewOf(iv);
    view.setBigUint64(IV_BYTES - 8, view.getBigUint64(IV_BYTES - 8) ^ this.#counter++);
    return /** @type {[AesGcmParams, CryptoKey]} */ ([{ name: 'AES-GCM', iv }, this.#key]);
  }
}

export class RecordProtection {
  #sealing;
  #opening;

  /** @param {Direction} sealing @param {Direction} opening */
  constructor(sealing, opening) {
    this.#sealing = sealing;
    this.#opening = opening;
  }

  /** @param {Uint8Array} secret @param {Uint8Array} transcript @param {import('./handshake.js').Role} role */
  static async derive(secret, transcript, role) {
    const dialler = await hkdf(secret, transcript, 'netflux dialler to listener v1', KEY_BYTES + IV_BYTES);
    const listener = await hkdf(secret, transcript, 'netflux listener to dialler v1', KEY_BYTES + IV_BYTES);
    const [own, other] = role === 'dialler' ? [dialler, listener] : [listener, dialler];
    return new RecordProtection(await directionOf(own, 'encrypt'), await directionOf(other, 'decrypt'));
  }

  /** @param {Uint8Array} plaintext @returns {Promise<Uint8Array>} */
  async seal(plaintext) {
    return new Uint8Array(await crypto.subtle.encrypt(...this.#sealing.next(), plaintext));
  }

  /** Null ends the link: nothing that follows could open. @param {Uint8Array} record @returns {Promise<Uint8Array | null>} */
  async open(record) {
    if (record.length < RECORD_OVERHEAD) return null;
    try {
      return new Uint8Array(await crypto.subtle.decrypt(...this.#opening.next(), record));
    } catch {
      return null; // The platform says "does not open" in no other way.
    }
  }
}

/** @param {Uint8Array} bytes @param {KeyUsage} usage */
const directionOf = async (bytes, usage) => new Direction(await crypto.subtle.importKey('raw', bytes.subarray(0, KEY_BYTES), 'AES-GCM', false, [usage]), bytes.slice(KEY_BYTES));
