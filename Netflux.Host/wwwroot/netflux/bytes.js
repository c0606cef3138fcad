// Bytes, texts and numbers: the one place where they become each other.

const encoder = new TextEncoder();
// As the .NET side reads texts: what is no UTF-8 becomes U+FFFD, and a byte order mark stays.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export const EMPTY = new Uint8Array(0);

/** @param {string} text */
export const utf8 = text => encoder.encode(text);

/** @param {Uint8Array} bytes */
export const textOf = bytes => decoder.decode(bytes);

/** @param {...Uint8Array} parts */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} one @param {Uint8Array} other */
export function equals(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** @param {Uint8Array} bytes */
export const viewOf = bytes => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Big endian. @param {number} number */
export function u16(number) {
  const bytes = new Uint8Array(2);
  viewOf(bytes).setUint16(0, number);
  return bytes;
}

/** Big endian. @param {number} number */
export function u32(number) {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, number);
  return bytes;
}

/** Big endian. @param {number | bigint} number */
export function u64(number) {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, BigInt(number));
  return bytes;
}

/** @param {Uint8Array} bytes */
export const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

/** @param {string} text */
export const fromHex = text => Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16));

/** @param {number} length */
export const randomBytes = length => crypto.getRandomValues(new Uint8Array(length));

// ---- Ids: 160 bits, written as RFC 4648 §6 base32 in lower case and without padding ----

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
export const ID_BYTES = 20;

/** @param {Uint8Array} bytes 20 of them */
export function idOf(bytes) {
  let [text, bits, held] = ['', 0, 0];
  for (const byte of bytes.subarray(0, ID_BYTES)) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 5; held -= 5) text += ALPHABET[(bits >> (held - 5)) & 31];
    bits &= 31;
  }
  return text;
}

/** @param {string} id 32 characters @returns {Uint8Array} */
export function idBytes(id) {
  const bytes = new Uint8Array(ID_BYTES);
  let [at, bits, held] = [0, 0, 0];
  for (const character of id) {
    bits = (bits << 5) | ALPHABET.indexOf(character);
    if ((held += 5) >= 8) {
      bytes[at++] = (bits >> (held -= 8)) & 255;
      bits &= 255;
    }
  }
  return bytes;
}

/** @param {unknown} text @returns {text is string} */
export const isId = text => typeof text === 'string' && /^[a-z2-7]{32}$/.test(text);

/** The order of ids as unsigned numbers, in which digits stand behind letters. @param {string} one @param {string} other */
export function compareIds(one, other) {
  for (let at = 0; at < one.length; at++) {
    if (one[at] !== other[at]) return ALPHABET.indexOf(one[at]) - ALPHABET.indexOf(other[at]);
  }
  return 0;
}

/** @param {string} one @param {string} other */
export const isSmaller = (one, other) => compareIds(one, other) < 0;
