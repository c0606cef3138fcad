// RFC 9180, base mode, one message per key: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
// A sealed text is the encapsulated key (65 bytes), the ciphertext, and the tag (16 bytes).

import { concat, EMPTY, u16, utf8 } from '../bytes.js';
import { hmac, POINT_BYTES } from './curve.js';

const TAG_BYTES = 16;   // Nt
const KEY_BYTES = 32;   // Nk
const NONCE_BYTES = 12; // Nn
const HASH_BYTES = 32;  // Nh

export const HPKE_OVERHEAD = POINT_BYTES + TAG_BYTES;

// §4.1: "KEM", kem_id 0x0010. §5.1: "HPKE", kem_id 0x0010, kdf_id 0x0001, aead_id 0x0002.
const KEM_SUITE = concat(utf8('KEM'), u16(0x0010));
const SUITE = concat(utf8('HPKE'), u16(0x0010), u16(0x0001), u16(0x0002));
const VERSION = utf8('HPKE-v1');
const NO_SALT = new Uint8Array(HASH_BYTES); // RFC 5869 §2.2: an absent salt is a string of zeros

/**
 * §6.1 SealBase. Null if the receiver's point is not on the curve.
 * @param {Uint8Array} receiver @param {Uint8Array} info @param {Uint8Array} plaintext
 * @param {{ point: Uint8Array, agree: (point: Uint8Array) => Promise<Uint8Array | null> }} ephemeral used for nothing else
 * @returns {Promise<Uint8Array | null>}
 */
export async function seal(receiver, info, plaintext, ephemeral) {
  const agreed = await ephemeral.agree(receiver);
  if (!agreed) return null;
  const { key, iv } = await keySchedule(await sharedSecret(agreed, ephemeral.point, receiver), info, ['encrypt']);
  return concat(ephemeral.point, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext)));
}

/**
 * §6.1 OpenBase. Null unless the bytes are what was sealed for this receiver with this info.
 * @param {Uint8Array} sealed @param {Uint8Array} receiver its point @param {(point: Uint8Array) => Promise<Uint8Array | null>} agree with the receiver's key @param {Uint8Array} info
 * @returns {Promise<Uint8Array | null>}
 */
export async function open(sealed, receiver, agree, info) {
  if (sealed.length < HPKE_OVERHEAD) return null;
  const encapsulated = sealed.subarray(0, POINT_BYTES);
  const agreed = await agree(encapsulated);
  if (!agreed) return null;
  const { key, iv } = await keySchedule(await sharedSecret(agreed, encapsulated, receiver), info, ['decrypt']);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed.subarray(POINT_BYTES)));
  } catch {
    return null; // The platform says "not what was sealed" in no other way.
  }
}

/** §4.1 ExtractAndExpand over kem_context = enc || pkRm. @param {Uint8Array} agreed @param {Uint8Array} encapsulated @param {Uint8Array} receiver */
async function sharedSecret(agreed, encapsulated, receiver) {
  const extracted = await labeledExtract(KEM_SUITE, NO_SALT, 'eae_prk', agreed);
  return labeledExpand(KEM_SUITE, extracted, 'shared_secret', concat(encapsulated, receiver), HASH_BYTES);
}

/** §5.1 in base mode (0): no pre-shared key, an empty id of it. The only message has number 0, and so the base nonce (§5.2). @param {Uint8Array} secret @param {Uint8Array} info @param {KeyUsage[]} usages */
async function keySchedule(secret, info, usages) {
  const context = concat(Uint8Array.of(0), await labeledExtract(SUITE, NO_SALT, 'psk_id_hash', EMPTY), await labeledExtract(SUITE, NO_SALT, 'info_hash', info));
  const schedule = await labeledExtract(SUITE, secret, 'secret', EMPTY);
  const key = await labeledExpand(SUITE, schedule, 'key', context, KEY_BYTES);
  const iv = await labeledExpand(SUITE, schedule, 'base_nonce', context, NONCE_BYTES);
  return { key: await crypto.subtle.importKey('raw', key, 'AES-GCM', false, usages), iv };
}

/** §4. @param {Uint8Array} suite @param {Uint8Array} salt @param {string} label @param {Uint8Array} material */
const labeledExtract = (suite, salt, label, material) => hmac(salt, concat(VERSION, suite, utf8(label), material));

/** §4; RFC 5869 §2.3 with one block, as no output here is longer than a hash. @param {Uint8Array} suite @param {Uint8Array} key @param {string} label @param {Uint8Array} info @param {number} length */
const labeledExpand = async (suite, key, label, info, length) =>
  (await hmac(key, concat(u16(length), VERSION, suite, utf8(label), info, Uint8Array.of(1)))).subarray(0, length);
