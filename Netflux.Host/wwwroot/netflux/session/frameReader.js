// Takes the frames out of a link's records. One that goes on in the next record is gathered, for which memory is bounded by the limit of its kind.

import { FrameKind, HEADER_BYTES, isNumbered, readHeader, WHOLE_BYTES_MAX } from '../wire/frames.js';
import { CloseCode } from '../wire/codes.js';
import { Violation } from './sessionOptions.js';

export const CONTROL_BYTES_MAX = 256 << 10;
const UNNUMBERED_BYTES_MAX = 256;

/** @typedef {{ header: import('../wire/frames.js').FrameHeader, body: Uint8Array }} Frame */

export class FrameReader {
  /** Which rule the bytes broke; nothing more can be taken. @type {Violation | null} */
  broken = null;
  /** @type {{ header: import('../wire/frames.js').FrameHeader, body: Uint8Array, filled: number } | null} */
  #partial = null;
  #rest = new Uint8Array(0);

  /** @param {Uint8Array} record */
  feed(record) {
    this.#rest = record;
  }

  get isDone() {
    return this.#rest.length === 0;
  }

  /** The next whole frame; null where the record is used up, or broken. @returns {Frame | null} */
  take() {
    if (!this.#partial) {
      if (this.#rest.length === 0 || this.broken) return null;
      const header = readHeader(this.#rest);
      if (!header) return this.#break(new Violation('A frame header that is cut short.'));
      if (header.length > bytesMax(header.kind)) return this.#break(new Violation('A frame above the limit of its kind.', CloseCode.TooLarge));
      this.#rest = this.#rest.subarray(HEADER_BYTES);
      if (header.length <= this.#rest.length) {
        const body = this.#rest.subarray(0, header.length);
        this.#rest = this.#rest.subarray(header.length);
        return { header, body };
      }
      this.#partial = { header, body: new Uint8Array(header.length), filled: 0 };
    }
    const partial = this.#partial;
    const part = this.#rest.subarray(0, partial.body.length - partial.filled);
    partial.body.set(part, partial.filled);
    partial.filled += part.length;
    this.#rest = this.#rest.subarray(part.length);
    if (partial.filled < partial.body.length) return null;
    this.#partial = null;
    return partial;
  }

  /** @param {Violation} violation */
  #break(violation) {
    this.broken = violation;
    return null;
  }
}

/** @param {number} kind */
const bytesMax = kind => (!isNumbered(kind) ? UNNUMBERED_BYTES_MAX : kind === FrameKind.Control ? CONTROL_BYTES_MAX : WHOLE_BYTES_MAX);
