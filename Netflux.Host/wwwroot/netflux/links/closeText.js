// The last message of a data channel, as text: the close code in four digits, a blank, and a sentence (docs/WIRE.md, "Data channels").

import { utf8 } from '../bytes.js';
import { sentence } from '../wire/frames.js';

/** Of the sentence, in UTF-8: as long as a WebSocket's close reason may be (RFC 6455 §5.5), so that both say the same. */
const SENTENCE_BYTES_MAX = 123;
const CODE_BYTES = 5; // four digits and the blank

/** @param {number} code @param {string} text */
export function writeCloseText(code, text) {
  // encodeInto stops before a character that does not fit whole.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(SENTENCE_BYTES_MAX));
  return `${code} ${text.slice(0, read)}`;
}

/** Null for text that does not close a link. @param {string} message @returns {{ code: number, text: string } | null} */
export function readCloseText(message) {
  const match = /^(4[0-9]{3}) (.*)$/s.exec(message);
  return match && utf8(message).length <= CODE_BYTES + SENTENCE_BYTES_MAX ? { code: Number(match[1]), text: sentence(match[2]) } : null;
}
