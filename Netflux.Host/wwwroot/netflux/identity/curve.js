// P-256 through WebCrypto: signatures (ECDSA, SHA-256, IEEE P1363), agreement (ECDH), and the key derivation over it (HKDF, RFC 5869).

import { concat, utf8 } from '../bytes.js';

export const POINT_BYTES = 65;
export const SIGNATURE_BYTES = 64;

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' };
const ECDH = { name: 'ECDH', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

/** Browsers hand out WebCrypto in secure contexts only: https, or loopback. */
export const isAvailable = () => globalThis.crypto?.subtle !== undefined;

/** What a signature is made over: purpose, a zero byte, body. @param {string} purpose @param {Uint8Array} body */
const toBeSigned = (purpose, body) => concat(utf8(purpose), Uint8Array.of(0), body);

/** @param {CryptoKey} key @param {string} purpose @param {Uint8Array} body @returns {Promise<Uint8Array>} */
export async function sign(key, purpose, body) {
  return new Uint8Array(await crypto.subtle.sign(SIGNING, key, toBeSigned(purpose, body)));
}

/** @param {Uint8Array} point of the signer @param {string} purpose @param {Uint8Array} body @param {Uint8Array} signature @returns {Promise<boolean>} */
export async function verify(point, purpose, body, signature) {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const key = await importPoint(point, ECDSA, ['verify']);
  return key !== null && crypto.subtle.verify(SIGNING, key, signature, toBeSigned(purpose, body));
}

/**
 * The raw secret of a private key and another's point, 32 bytes; null if that is not on the curve. P-256 has cofactor 1, so any point on it is safe to agree with.
 * @param {CryptoKey} key @param {Uint8Array} point @returns {Promise<Uint8Array | null>}
 */
export async function agree(key, point) {
  const other = await importPoint(point, ECDH, []);
  return other && new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, key, 256));
}

/** @param {Uint8Array} point */
export const isOnCurve = async point => (await importPoint(point, ECDH, [])) !== null;

/** A key that is used once. @returns {Promise<{ point: Uint8Array, agree: (point: Uint8Array) => Promise<Uint8Array | null> }>} */
export async function createEphemeral() {
  const pair = await crypto.subtle.generateKey(ECDH, false, ['deriveBits']);
  return { point: await exportPoint(pair.publicKey), agree: point => agree(pair.privateKey, point) };
}

/** The two keys of an identity; their private halves never leave WebCrypto. */
export async function createIdentityKeys() {
  const signing = await crypto.subtle.generateKey(ECDSA, false, ['sign', 'verify']);
  const sealing = await crypto.subtle.generateKey(ECDH, false, ['deriveBits']);
  return { signing, sealing };
}

/** @param {CryptoKey} key @returns {Promise<Uint8Array>} 65 bytes */
export const exportPoint = async key => new Uint8Array(await crypto.subtle.exportKey('raw', key));

/** @param {Uint8Array} secret @param {Uint8Array} salt @param {string} info @param {number} length @returns {Promise<Uint8Array>} */
export async function hkdf(secret, salt, info, length) {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: utf8(info) }, key, length * 8));
}

/** @param {Uint8Array} key @param {Uint8Array} data @returns {Promise<Uint8Array>} 32 bytes */
export async function hmac(key, data) {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data));
}

/**
 * Null unless the point is uncompressed and on the curve. SEC 1 §2.3.4, that coordinates are below the prime, is checked by the platform; without it one key would have two ids.
 * @param {Uint8Array} point @param {EcKeyImportParams} algorithm @param {KeyUsage[]} usages @returns {Promise<CryptoKey | null>}
 */
async function importPoint(point, algorithm, usages) {
  if (point.length !== POINT_BYTES || point[0] !== 4) return null;
  try {
    return await crypto.subtle.importKey('raw', point, algorithm, true, usages);
  } catch {
    return null; // The platform says "not on the curve" in no other way.
  }
}
