// Frames of a session (docs/WIRE.md, "A frame"): a header of 16 bytes, big endian, and a body.

import { utf8, viewOf } from '../bytes.js';
import { CloseCode, isOneOf } from './codes.js';
import { Close } from './messages.js';

/** @enum {number} Kinds below 0x20 are unnumbered; the others carry a number, are acknowledged, and are sent again on the next link. */
export const FrameKind = {
  Hello: 0x01, Proof: 0x02, Close: 0x03,
  Resume: 0x10, Ack: 0x11, Ping: 0x12, Pong: 0x13, Refused: 0x14,
  Attach: 0x20, AttachRefused: 0x21, Detach: 0x22, Credit: 0x23, MessageGrant: 0x24, JoinRequest: 0x25, JoinAnswer: 0x26, End: 0x27,
  Message: 0x40, MessageStart: 0x41, MessageChunk: 0x42, Control: 0x43, Relay: 0x44,
  Ignorable: 0x80,
  Graph: 0xC5, TrackerRoot: 0xC6,
};

/** @enum {number} */
export const FrameFlags = { None: 0, Broadcast: 1, ConfirmSoon: 2, Last: 4 };

export const HEADER_BYTES = 16;

/** The longest message that is one frame and needs no grant. */
export const WHOLE_BYTES_MAX = 64 << 10;

/** What a message takes of its channel's window. @param {number} length */
export const costOf = length => Math.min(length, WHOLE_BYTES_MAX) + 64;

/**
 * @typedef {{ kind: number, flags: number, channel: number, length: number, sequence: number }} FrameHeader
 */

/** @param {number} kind */
export const isNumbered = kind => (kind & 0x7f) >= 0x20;

/** @param {Uint8Array} target @param {number} at @param {FrameHeader} header */
export function writeHeader(target, at, header) {
  const view = viewOf(target);
  view.setUint8(at, header.kind);
  view.setUint8(at + 1, header.flags);
  view.setUint16(at + 2, header.channel);
  view.setUint32(at + 4, header.length);
  view.setBigUint64(at + 8, BigInt(header.sequence));
}

/** Null if it is cut short. A number beyond 2^53 becomes a nearby one, which is a gap all the same. @param {Uint8Array} bytes @returns {FrameHeader | null} */
export function readHeader(bytes) {
  if (bytes.length < HEADER_BYTES) return null;
  const view = viewOf(bytes);
  return { kind: view.getUint8(0), flags: view.getUint8(1), channel: view.getUint16(2), length: view.getUint32(4), sequence: Number(view.getBigUint64(8)) };
}

/** The body of Ack, Ping, Pong and MessageStart. Null if it is not eight bytes. @param {Uint8Array} body */
export const readNumber = body => (body.length === 8 ? viewOf(body).getBigUint64(0) : null);

// ---- Close: plain before the proof, else the first frame of a sealed record ----

const CLOSE_BYTES_MAX = 256;
const CLOSE_CHARACTERS_MAX = 60; // guess: a sentence; fits an unnumbered frame in any script

/** @param {number} code @param {string} text @param {bigint} [seenIncarnation] */
export const closeBody = (code, text, seenIncarnation = 0n) => Close.encode({ code, text: text.slice(0, CLOSE_CHARACTERS_MAX), seenIncarnation });

/** @param {Uint8Array} body @returns {{ code: number, text: string, seen: bigint | null } | null} */
export function readCloseBody(body) {
  const close = body.length <= CLOSE_BYTES_MAX ? Close.decode(body) : null;
  return close && { code: isOneOf(CloseCode, close.code) ? close.code : CloseCode.Lost, text: close.text, seen: close.seenIncarnation || null };
}

/** The plaintext of a record that says it. @param {number} code @param {string} text @param {bigint} [seenIncarnation] */
export function closeRecord(code, text, seenIncarnation) {
  const body = closeBody(code, text, seenIncarnation);
  const record = new Uint8Array(HEADER_BYTES + body.length);
  writeHeader(record, 0, { kind: FrameKind.Close, flags: 0, channel: 0, length: body.length, sequence: 0 });
  record.set(body, HEADER_BYTES);
  return record;
}

// ---- Texts of others, which end up in HTML, logs and on terminals ----

export const DISPLAY_NAME_BYTES_MAX = 64;

// U+2028 and U+2029 separate lines; the others turn the direction of text around (UAX 9 §2). \p{Cc} are control characters, \p{Cs} halves of surrogate pairs.
const NOT_ONE_LINE = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C]/u;

/** @param {string} text @param {number} bytesMax */
export const isLine = (text, bytesMax) => utf8(text).length <= bytesMax && !NOT_ONE_LINE.test(text);

/** @param {string} text */
export const isDisplayName = text => isLine(text, DISPLAY_NAME_BYTES_MAX);

/** What others say in words, made fit for one line. @param {string} text */
export const sentence = text => text.slice(0, 200).replace(new RegExp(NOT_ONE_LINE, 'gu'), '?');

