// Protocol Buffers (proto3), as much as Netflux says in it. A message is a table of its fields; docs/decisions/0011-browser-peer.md tells why no library.

import { concat, textOf, utf8 } from './bytes.js';

/**
 * @typedef {'bytes' | 'string' | 'uint32' | 'uint64' | 'int64' | 'bool' | MessageType} FieldType
 * @typedef {{ number: number, type: FieldType, repeated?: boolean, oneof?: string }} Field
 */

/** @type {(type: FieldType) => (number: number) => Field} */
const field = type => number => ({ number, type });

export const bytes = field('bytes');
export const string = field('string');
export const uint32 = field('uint32');
export const uint64 = field('uint64');
export const int64 = field('int64');
export const bool = field('bool');

/** @param {number} number @param {MessageType} type @returns {Field} */
export const nested = (number, type) => ({ number, type });

/** @param {Field} of @returns {Field} */
export const repeated = of => ({ ...of, repeated: true });

/** @param {string} name @param {Record<string, Field>} fields @returns {Record<string, Field>} */
export const oneof = (name, fields) => Object.fromEntries(Object.entries(fields).map(([key, of]) => [key, { ...of, oneof: name }]));

const VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5;

/** One kind of message. Members of a oneof are null when absent, and the oneof's own name says which one is there. */
export class MessageType {
  #byNumber;

  /** @param {Record<string, Field>} fields */
  constructor(fields) {
    /** In the order of their numbers. */
    this.fields = Object.entries(fields).sort(([, one], [, other]) => one.number - other.number);
    this.#byNumber = new Map(this.fields.map(([name, of]) => [of.number, { name, of }]));
  }

  /**
   * Fields in the order of their numbers, those at their default left out: byte for byte what Google.Protobuf writes, on which signed records rely.
   * @param {Record<string, any>} message @returns {Uint8Array}
   */
  encode(message) {
    /** @type {Uint8Array[]} */
    const parts = [];
    for (const [name, of] of this.fields) {
      const value = message[name];
      if (value === undefined || value === null) continue;
      if (of.repeated) for (const item of value) writeField(parts, of, item);
      else if (of.oneof || !isDefault(value)) writeField(parts, of, value);
    }
    return concat(...parts);
  }

  /** Null if the bytes are no message. @param {Uint8Array} encoded @returns {any | null} */
  decode(encoded) {
    const message = this.#empty();
    const reader = new Reader(encoded);
    while (!reader.isAtEnd) {
      const tag = reader.varint();
      if (tag === null || tag > 0xffffffffn) return null;
      const [number, wireType] = [Number(tag >> 3n), Number(tag & 7n)];
      if (number === 0) return null;
      const raw = reader.raw(wireType);
      if (raw === null) return null;
      const known = this.#byNumber.get(number);
      // A field of a later version, or known with another encoding, is skipped.
      if (!known || wireType !== wireTypeOf(known.of.type)) continue;
      const value = read(known.of.type, raw);
      if (value === null) return null;
      if (known.of.repeated) message[known.name].push(value);
      else this.#set(message, known.name, known.of, value);
    }
    return message;
  }

  #empty() {
    /** @type {Record<string, any>} */
    const message = {};
    for (const [name, of] of this.fields) {
      if (of.oneof) message[of.oneof] = null;
      message[name] = of.repeated ? [] : of.oneof ? null : defaultOf(of.type);
    }
    return message;
  }

  /** @param {Record<string, any>} message @param {string} name @param {Field} of @param {any} value */
  #set(message, name, of, value) {
    if (of.oneof) {
      if (message[of.oneof]) message[message[of.oneof]] = null;
      message[of.oneof] = name;
    }
    message[name] = value;
  }
}

/** @param {Record<string, Field>} fields */
export const message = fields => new MessageType(fields);

// ---- Writing ----

/** @param {any} value */
const isDefault = value => value === 0 || value === 0n || value === false || value === '' || (value instanceof Uint8Array && value.length === 0);

/** @param {Uint8Array[]} parts @param {Field} of @param {any} value */
function writeField(parts, of, value) {
  parts.push(varint(BigInt(of.number) << 3n | BigInt(wireTypeOf(of.type))));
  if (wireTypeOf(of.type) === VARINT) {
    parts.push(varint(BigInt.asUintN(64, BigInt(value))));
    return;
  }
  const content = of.type === 'bytes' ? value : of.type === 'string' ? utf8(value) : /** @type {MessageType} */ (of.type).encode(value);
  parts.push(varint(BigInt(content.length)), content);
}

/** @param {bigint} value */
function varint(value) {
  const out = [];
  for (; value > 0x7fn; value >>= 7n) out.push(Number(value & 0x7fn) | 0x80);
  out.push(Number(value));
  return Uint8Array.from(out);
}

// ---- Reading ----

/** @param {FieldType} type */
const wireTypeOf = type => type === 'bytes' || type === 'string' || type instanceof MessageType ? LENGTH : VARINT;

/** @param {FieldType} type */
function defaultOf(type) {
  switch (type) {
    case 'bytes': return new Uint8Array(0);
    case 'string': return '';
    case 'uint32': return 0;
    case 'uint64': case 'int64': return 0n;
    case 'bool': return false;
    default: return null;
  }
}

/** @param {FieldType} type @param {any} raw a bigint or bytes, as the wire type says */
function read(type, raw) {
  switch (type) {
    case 'bytes': return raw.slice();
    case 'string': return textOf(raw);
    case 'uint32': return Number(BigInt.asUintN(32, raw));
    case 'uint64': return raw;
    case 'int64': return BigInt.asIntN(64, raw);
    case 'bool': return raw !== 0n;
    default: return type.decode(raw);
  }
}

class Reader {
  #bytes;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  get isAtEnd() {
    return this.#at >= this.#bytes.length;
  }

  /** @returns {bigint | null} */
  varint() {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.isAtEnd) return null;
      const byte = this.#bytes[this.#at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return null;
  }

  /** What stands behind a tag. Groups, which proto3 does not have, are no message. @param {number} wireType @returns {bigint | Uint8Array | null} */
  raw(wireType) {
    switch (wireType) {
      case VARINT: return this.varint();
      case FIXED64: return this.#take(8);
      case FIXED32: return this.#take(4);
      case LENGTH: {
        const length = this.varint();
        return length === null || length > BigInt(this.#bytes.length) ? null : this.#take(Number(length));
      }
      default: return null;
    }
  }

  /** @param {number} length */
  #take(length) {
    if (length > this.#bytes.length - this.#at) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
