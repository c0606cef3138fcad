// Fills one record with frames.

import { u64 } from '../bytes.js';
import { HEADER_BYTES, writeHeader } from '../wire/frames.js';

export class RecordWriter {
  #record;
  written = 0;

  /** @param {number} bytesMax */
  constructor(bytesMax) {
    this.#record = new Uint8Array(bytesMax);
  }

  get capacity() {
    return this.#record.length;
  }

  get free() {
    return this.#record.length - this.written;
  }

  get record() {
    return this.#record.subarray(0, this.written);
  }

  /** Room for a header and at least one byte behind it: a header is never split. */
  get hasRoomForFrame() {
    return this.free > HEADER_BYTES;
  }

  /** @param {import('../wire/frames.js').FrameHeader} header */
  writeHeader(header) {
    writeHeader(this.#record, this.written, header);
    this.written += HEADER_BYTES;
  }

  /** @param {Uint8Array} body */
  writeSome(body) {
    const part = body.subarray(0, this.free);
    this.#record.set(part, this.written);
    this.written += part.length;
    return part.length;
  }

  /** An unnumbered frame, which is never split. False where there is no room. @param {number} kind @param {Uint8Array} body */
  tryWriteWhole(kind, body) {
    if (this.free < HEADER_BYTES + body.length) return false;
    this.writeHeader({ kind, flags: 0, channel: 0, length: body.length, sequence: 0 });
    this.writeSome(body);
    return true;
  }

  /** @param {number} kind @param {number | bigint} number */
  tryWriteNumber(kind, number) {
    return this.tryWriteWhole(kind, u64(number));
  }
}
