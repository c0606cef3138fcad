// SHA-256 (FIPS 180-4), synchronous: cores and ids need it within one turn, and WebCrypto's answers only later.

import { viewOf } from './bytes.js';

// §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes; §5.3.3: of the square roots of the first 8.
const PRIMES = (() => {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every(prime => n % prime !== 0)) primes.push(n);
  return primes;
})();
/** @param {number} root */
const fraction = root => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
const K = Uint32Array.from(PRIMES, prime => fraction(Math.cbrt(prime)));
const H = Uint32Array.from(PRIMES.slice(0, 8), prime => fraction(Math.sqrt(prime)));

/** @param {number} x @param {number} n */
const rotate = (x, n) => (x >>> n) | (x << (32 - n));

/** @param {Uint8Array} bytes @returns {Uint8Array} 32 bytes */
export function sha256(bytes) {
  // §5.1.1: a bit 1, zeros, and the length in bits fill the last block.
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = viewOf(padded);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const state = H.slice();
  const w = new Uint32Array(64);
  for (let block = 0; block < padded.length; block += 64) compress(state, w, view, block);
  const digest = new Uint8Array(32);
  state.forEach((word, at) => viewOf(digest).setUint32(at * 4, word));
  return digest;
}

/** §6.2.2. @param {Uint32Array} state @param {Uint32Array} w @param {DataView} view @param {number} block */
function compress(state, w, view, block) {
  for (let t = 0; t < 16; t++) w[t] = view.getUint32(block + t * 4);
  for (let t = 16; t < 64; t++) {
    const s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >>> 3);
    const s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >>> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[t] + w[t]) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, at) => { state[at] += word; });
}
