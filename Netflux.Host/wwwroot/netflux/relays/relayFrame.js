// The fixed header of every Relay frame, 38 bytes, big endian (docs/WIRE.md, "Relayed links").

import { concat, idBytes, idOf, ID_BYTES, viewOf } from '../bytes.js';

/** @enum {number} */
export const RelayStep = { Open: 1, Opened: 2, Data: 3, Read: 4, Close: 5 };

const HEADER_BYTES = 2 + ID_BYTES + 16;
const FROM_CARRIER = 1, FROM_OPENER = 2;

/** @typedef {{ step: number, fromCarrier: boolean, fromOpener: boolean, farEnd: string, circuit: bigint, amount: bigint, message: Uint8Array }} RelayFrame */

/** @param {Omit<RelayFrame, 'message'>} frame @param {Uint8Array} [message] with Data only */
export function writeRelay({ step, fromCarrier, fromOpener, farEnd, circuit, amount }, message = new Uint8Array(0)) {
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = step;
  header[1] = (fromCarrier ? FROM_CARRIER : 0) | (fromOpener ? FROM_OPENER : 0);
  header.set(idBytes(farEnd), 2);
  viewOf(header).setBigUint64(2 + ID_BYTES, circuit);
  viewOf(header).setBigUint64(10 + ID_BYTES, amount);
  return concat(header, message);
}

/** Null if the header is cut short, its step or a flag is unknown, or a message follows where none belongs. @param {Uint8Array} body @returns {RelayFrame | null} */
export function readRelay(body) {
  if (body.length < HEADER_BYTES || body[0] < RelayStep.Open || body[0] > RelayStep.Close || body[1] > 3) return null;
  if (body[0] !== RelayStep.Data && body.length !== HEADER_BYTES) return null;
  const view = viewOf(body);
  return {
    step: body[0], fromCarrier: (body[1] & FROM_CARRIER) !== 0, fromOpener: (body[1] & FROM_OPENER) !== 0, farEnd: idOf(body.subarray(2)),
    circuit: view.getBigUint64(2 + ID_BYTES), amount: view.getBigUint64(10 + ID_BYTES), message: body.subarray(HEADER_BYTES),
  };
}
