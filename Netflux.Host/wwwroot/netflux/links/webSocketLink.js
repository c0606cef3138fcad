// Links to peers that listen: a browser dials WebSockets and takes none.

import { CloseCode, isOneOf } from '../wire/codes.js';

/** @typedef {import('./link.js').RawLink} RawLink */

const LINK_PATH = '/netflux/link';
const DIAL_TIMEOUT = 5_000;
const MESSAGE_BYTES_MAX = 65 * 1024;
const LOW_WATER = 128 << 10;
const POLL_INTERVAL = 10; // a WebSocket does not say when its buffer drains; guess: below what a person notices

/**
 * Whether an advertised address may be dialled: ws or wss on the fixed path, and from an https page only what the browser lets through (Mixed Content §4: no ws, but on loopback).
 * @param {string} address @param {string} [pageScheme]
 */
export function mayDial(address, pageScheme = globalThis.location?.protocol) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !/^wss?:$/.test(url.protocol) || url.pathname !== LINK_PATH || url.search || url.hash || url.username || url.password) return false;
  return url.protocol === 'wss:' || pageScheme !== 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

/** @param {string} address @returns {Promise<import('./link.js').RawLink | null>} null where nobody answers there */
export function dialWebSocket(address) {
  return new Promise(resolve => {
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    const timer = setTimeout(() => socket.close(), DIAL_TIMEOUT);
    socket.onopen = () => {
      clearTimeout(timer);
      resolve(new WebSocketLink(socket));
    };
    socket.onclose = () => {
      clearTimeout(timer);
      resolve(null);
    };
  });
}

/** @implements {RawLink} */
class WebSocketLink {
  kind = /** @type {const} */ ('webSocket');
  isSealed = false;
  messageBytesMax = MESSAGE_BYTES_MAX;
  /** @type {(message: Uint8Array) => void} */
  onMessage = () => {};
  /** @type {(code: number, text: string) => void} */
  onClosed = () => {};
  #socket;

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.onmessage = event => {
      if (event.data instanceof ArrayBuffer) this.onMessage(new Uint8Array(event.data));
      else socket.close(CloseCode.ProtocolViolated, 'Messages of a link are binary.');
    };
    socket.onclose = event => this.onClosed(isOneOf(CloseCode, event.code) ? event.code : CloseCode.Lost, event.reason);
  }

  get address() {
    return this.#socket.url;
  }

  /** @param {Uint8Array} message */
  send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  async drained() {
    while (this.#socket.bufferedAmount > LOW_WATER && this.#socket.readyState === WebSocket.OPEN) await new Promise(resolve => setTimeout(resolve, POLL_INTERVAL));
  }

  /** @param {number} code @param {string} text */
  close(code, text) {
    this.#socket.close(code, text.slice(0, 60));
  }
}
