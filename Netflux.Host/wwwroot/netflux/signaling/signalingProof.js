// What a client signs to prove who it is. The nonce ties the proof to one connection, the authority to one server, so that neither can use it elsewhere.

import { concat, u16, u32, u64, utf8 } from '../bytes.js';

export const SIGNALING_PURPOSE = 'netflux signaling v1';

/** @param {number} version @param {Uint8Array} nonce @param {bigint} incarnation @param {string} authority @param {string} displayName */
export function signalingProofBody(version, nonce, incarnation, authority, displayName) {
  const authorityBytes = utf8(authority);
  return concat(u32(version), nonce, u64(incarnation), u16(authorityBytes.length), authorityBytes, utf8(displayName));
}
