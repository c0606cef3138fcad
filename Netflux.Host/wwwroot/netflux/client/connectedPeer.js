// What users say to a peer outside any network: channel 0 of the session. A message goes when the other side has room for it, as in a network.

import { textOf, utf8 } from '../bytes.js';
import { SESSION } from '../session/sessionOptions.js';
import { ErrorCode, LeavingReason, nameOf, NetfluxError } from '../wire/codes.js';
import { FrameFlags, FrameKind } from '../wire/frames.js';
import { SendQueue } from './sendQueue.js';
import { now } from './timer.js';

/** @typedef {import('../session/peerSession.js').SessionInstruction} SessionInstruction */

/** A peer that was met, outside any network. Events: `messageReceived` {payload, text} and `peerDisconnected` {reason}. */
export class ConnectedPeer extends EventTarget {
  #peer;
  #isShared;
  #queue;
  #received = 0;

  /** @param {Pick<import('./remotePeer.js').RemotePeer, 'id' | 'name' | 'act'>} peer @param {() => boolean} isShared whether a network is shared with it */
  constructor(peer, isShared) {
    super();
    this.#peer = peer;
    this.#isShared = isShared;
    // Nobody else waits behind it, so it has all the time.
    this.#queue = new SendQueue((_to, flags, payload) => peer.act((session, at) => session.trySend(null, FrameKind.Message, flags, payload, at)), Infinity);
  }

  get id() {
    return this.#peer.id;
  }

  get name() {
    return this.#peer.name;
  }

  /**
   * Resolves when the message is accepted, in order, which waits while the other side has no room; with `confirm` when the other side has consumed it.
   * @param {string | Uint8Array} payload @param {{ confirm?: boolean }} [options] @returns {Promise<void>}
   */
  async send(payload, { confirm = false } = {}) {
    const bytes = typeof payload === 'string' ? utf8(payload) : payload.slice();
    if (bytes.length > SESSION.outsideMessageBytesMax) throw new NetfluxError(ErrorCode.MessageTooLarge, `A message outside networks has at most ${SESSION.outsideMessageBytesMax} bytes; this one has ${bytes.length}.`);
    const undelivered = await new Promise(resolve => {
      const accepted = () => { if (!confirm) resolve([]); };
      this.#queue.send({ to: [this.id], flags: confirm ? FrameFlags.ConfirmSoon : FrameFlags.None, payload: bytes, confirm, accepted, done: resolve }, now());
    });
    if (undelivered.length > 0) throw new NetfluxError(ErrorCode.UnknownPeer, 'The peer is not connected any more.');
  }

  /** Ends the connection: what was accepted goes first, and the other side is told. What waits is not sent. */
  disconnect() {
    if (this.#isShared()) throw new NetfluxError(ErrorCode.SharedNetworks, 'Networks are shared with the peer; leave them first.');
    this.#queue.closeMember(this.id, now());
    this.#peer.act((session, at) => session.end(LeavingReason.Disconnected, at));
  }

  /** @param {(message: { payload: Uint8Array, text: string }) => void} handler */
  onMessage(handler) {
    this.addEventListener('messageReceived', event => handler(/** @type {CustomEvent} */ (event).detail));
  }

  // ---- For the client ----

  /** A session has begun: both sides have room for a window. */
  begin() {
    this.#received = 0;
    this.#queue.openMember(this.id, SESSION.outsideWindowCost);
  }

  /** @param {SessionInstruction} said */
  handle(said) {
    if (said.type === 'channelCredit') this.#queue.handleCredit(this.id, said.messagesConsumed, said.costConsumed, now());
    if (said.type !== 'channelFrame' || said.kind !== FrameKind.Message) return;
    this.#received++;
    this.dispatchEvent(new CustomEvent('messageReceived', { detail: { payload: said.body, text: textOf(said.body) } }));
    this.#peer.act((session, at) => session.consume(null, this.#received, at));
  }

  /** @param {number} reason */
  end(reason) {
    this.#queue.closeMember(this.id, now());
    if (reason !== LeavingReason.Restarted) this.dispatchEvent(new CustomEvent('peerDisconnected', { detail: { reason: nameOf(LeavingReason, reason) } }));
  }
}
