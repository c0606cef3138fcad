// The networks of one session, from the first Attach to the last Detach (docs/WIRE.md, "Networks").

import { idBytes, idOf, ID_BYTES } from '../bytes.js';
import { ErrorCode, isOneOf, leavingReasonFromWire } from '../wire/codes.js';
import { FrameKind } from '../wire/frames.js';
import { Attach, AttachRefused, Detach } from '../wire/messages.js';
import { ReceiveChannel } from './receiving.js';
import { OpenChannel, SendChannel } from './sending.js';
import { earlier, SESSION, Violation } from './sessionOptions.js';

/**
 * @typedef {import('./livenessWatch.js').Liveness} Liveness
 * @typedef {{ network: string, member: Uint8Array, windowCost: number, messageBytesMax: number, liveness: Liveness }} OwnAttachment
 * @typedef {{ channel: number, network: string, member: Uint8Array, windowCost: number }} AttachFrame
 *
 * How far a network is attached: our Attach is on its way; the other's came and the owner is asked; both came; or our side has ended its part, what waited goes until `until`,
 * then our Detach, and the other side's Detach ends the rest.
 * @typedef {{ is: 'offered', ours: OwnAttachment, number: number }
 *         | { is: 'asked', theirs: AttachFrame, until: number }
 *         | { is: 'open', ours: OwnAttachment, channel: OpenChannel }
 *         | { is: 'leaving', number: number, channel: OpenChannel | null, until: number | null, again: OwnAttachment | null }} Attachment
 */

/** @param {Uint8Array} body @returns {AttachFrame | null} */
export function readAttach(body) {
  const attach = Attach.decode(body);
  if (!attach || attach.channel === 0 || attach.channel > 0xffff || attach.network.length !== ID_BYTES || attach.member.length > SESSION.memberBytesMax) return null;
  if (attach.windowBytes === 0n || attach.windowBytes > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return { channel: attach.channel, network: idOf(attach.network), member: attach.member, windowCost: Number(attach.windowBytes) };
}

/** @param {Uint8Array} body @returns {{ network: string, why: number } | null} */
export function readAttachRefused(body) {
  const refused = AttachRefused.decode(body);
  // A code of a later version is still a refusal.
  return refused?.network.length === ID_BYTES ? { network: idOf(refused.network), why: isOneOf(ErrorCode, refused.code) ? refused.code : ErrorCode.NotAdmitted } : null;
}

/** @param {Uint8Array} body @returns {{ network: string, reason: number } | null} */
export function readDetach(body) {
  const detach = Detach.decode(body);
  return detach?.network.length === ID_BYTES ? { network: idOf(detach.network), reason: leavingReasonFromWire(detach.reason) } : null;
}

export class Attachments {
  /** @type {Map<string, Attachment>} */
  #states = new Map();
  /** @type {Map<number, OpenChannel>} headers of what comes in */
  #byRemoteNumber = new Map();
  /** @type {Map<number, OpenChannel>} credit and grants for what goes out */
  #byNumber = new Map();
  #lastNumber = 0;
  #say;
  #stream;
  #grants;

  /** @param {(instruction: import('./peerSession.js').SessionInstruction) => void} say @param {import('./sending.js').SendStream} stream @param {import('./grants.js').Grants} grants */
  constructor(say, stream, grants) {
    this.#say = say;
    this.#stream = stream;
    this.#grants = grants;
  }

  get any() {
    return this.#states.size > 0;
  }

  /** @returns {number | null} */
  get nextDeadline() {
    let deadline = /** @type {number | null} */ (null);
    for (const state of this.#states.values()) if (state.is === 'asked' || state.is === 'leaving') deadline = earlier(deadline, state.until);
    return deadline;
  }

  /** The tightest of the attached networks' demands, null without any. @returns {Liveness | null} */
  get liveness() {
    let tightest = /** @type {Liveness | null} */ (null);
    for (const state of this.#states.values()) {
      if (state.is !== 'offered' && state.is !== 'open') continue;
      const ours = state.ours.liveness;
      tightest = tightest ? {
        pingAfter: Math.min(tightest.pingAfter, ours.pingAfter), suspectAfter: Math.min(tightest.suspectAfter, ours.suspectAfter), resumeWindow: Math.min(tightest.resumeWindow, ours.resumeWindow),
      } : ours;
    }
    return tightest;
  }

  /** Whether nothing waits to be sent by any channel. */
  get allSent() {
    return [...this.#states.values()].every(state => state.is === 'open' ? state.channel.send.isEmpty : state.is !== 'leaving' || state.until === null || state.channel?.send.isGone);
  }

  /** @param {string} network */
  open(network) {
    const state = this.#states.get(network);
    return state?.is === 'open' ? state.channel : null;
  }

  /** @param {number} number */
  byRemoteNumber(number) {
    return this.#byRemoteNumber.get(number) ?? null;
  }

  /** @param {number} number */
  byNumber(number) {
    return this.#byNumber.get(number) ?? null;
  }

  // ---- This side ----

  /** @param {OwnAttachment} ours */
  handleAttach(ours) {
    const state = this.#states.get(ours.network);
    if (!state && this.#states.size >= SESSION.networksMax) this.#say({ type: 'channelRefused', network: ours.network, why: ErrorCode.TooMany });
    else if (!state) this.#states.set(ours.network, { is: 'offered', ours, number: this.#sendAttach(ours) });
    else if (state.is === 'asked') this.#open(ours, this.#sendAttach(ours), state.theirs);
    else if (state.is === 'leaving') state.again = ours;
  }

  /** @param {string} network @param {number} why */
  handleRefuse(network, why) {
    if (this.#states.get(network)?.is === 'asked') this.#sendRefused(network, why);
  }

  /** @param {string} network @param {number} reason @param {number} now */
  handleDetach(network, reason, now) {
    const state = this.#states.get(network);
    switch (state?.is) {
      case 'asked':
        this.#sendRefused(network, ErrorCode.NotAdmitted);
        break;
      case 'offered':
        this.#stream.queue(detachFrame(network, reason));
        this.#states.set(network, { is: 'leaving', number: state.number, channel: null, until: null, again: null });
        break;
      case 'open': {
        const channel = state.channel;
        this.#byRemoteNumber.delete(channel.remoteNumber);
        channel.send.queueFarewell(detachFrame(network, reason));
        this.#stream.offer(channel.send);
        this.#states.set(network, { is: 'leaving', number: channel.send.number, channel, until: now + SESSION.endInOrderMax, again: null });
        break;
      }
      case 'leaving':
        state.again = null;
        break;
    }
  }

  // ---- The other side ----

  /** @param {AttachFrame} theirs @param {number} now @returns {Violation | null} */
  onAttach(theirs, now) {
    if (this.#byRemoteNumber.has(theirs.channel)) return new Violation('A channel number that is in use.');
    const state = this.#states.get(theirs.network);
    if (!state) {
      const asked = [...this.#states.values()].filter(other => other.is === 'asked').length;
      if (this.#states.size >= SESSION.networksMax || asked >= SESSION.attachmentsAskedMax) this.#sendRefused(theirs.network, ErrorCode.NotAdmitted);
      else {
        this.#states.set(theirs.network, { is: 'asked', theirs, until: now + SESSION.attachmentAnswerMax });
        this.#say({ type: 'attachRequested', network: theirs.network, member: theirs.member });
      }
      return null;
    }
    if (state.is === 'offered') {
      this.#open(state.ours, state.number, theirs);
      return null;
    }
    // While we leave, it was sent before our Detach arrived, which voids it.
    return state.is === 'leaving' ? null : new Violation('A network that is attached already.');
  }

  /** @param {{ network: string, why: number }} refused */
  onRefused({ network, why }) {
    if (this.#states.get(network)?.is !== 'offered') return;
    this.#states.delete(network);
    this.#say({ type: 'channelRefused', network, why });
  }

  /** @param {{ network: string, reason: number }} detach @param {number} now */
  onDetach({ network, reason }, now) {
    const state = this.#states.get(network);
    switch (state?.is) {
      case 'leaving': {
        // Our own Detach is the answer to theirs; if it still waits, it waits no longer.
        const farewell = state.channel?.send.takeFarewell();
        if (farewell) this.#stream.queue(farewell);
        this.#forget(network, now);
        if (state.again) this.handleAttach(state.again);
        return;
      }
      case 'open':
        this.#forget(network, now);
        this.#say({ type: 'channelClosed', network, reason });
        break;
      case 'offered':
        this.#states.delete(network);
        this.#say({ type: 'channelRefused', network, why: ErrorCode.NotAdmitted });
        break;
      case 'asked':
        this.#states.delete(network);
        break;
    }
    this.#stream.queue(detachFrame(network, reason));
  }

  // ---- Time, and the end ----

  /** @param {number} now */
  handleDeadline(now) {
    for (const [network, state] of [...this.#states]) {
      if (state.is === 'asked' && state.until <= now) this.#sendRefused(network, ErrorCode.NotAdmitted);
      else if (state.is === 'leaving' && state.until !== null && state.until <= now) {
        this.#sayFarewell(state);
        state.until = null;
      }
    }
  }

  dropQueues() {
    for (const state of this.#states.values()) {
      if (state.is === 'open') state.channel.send.drop();
      if (state.is === 'leaving') this.#sayFarewell(state);
    }
  }

  /** The session is over: every open channel closes. @param {number} reason @param {number} now */
  closeAll(reason, now) {
    for (const [network, state] of [...this.#states]) {
      this.#forget(network, now);
      if (state.is === 'open') this.#say({ type: 'channelClosed', network, reason });
    }
  }

  /** @param {{ channel: OpenChannel | null }} leaving */
  #sayFarewell(leaving) {
    const farewell = leaving.channel?.send.takeFarewell();
    if (farewell) this.#stream.queue(farewell);
  }

  /** @param {OwnAttachment} ours @param {number} number @param {AttachFrame} theirs */
  #open(ours, number, theirs) {
    const channel = new OpenChannel(ours.network, theirs.channel, new SendChannel(number, theirs.windowCost), new ReceiveChannel(ours.windowCost, ours.messageBytesMax));
    this.#byRemoteNumber.set(theirs.channel, channel);
    this.#byNumber.set(number, channel);
    this.#states.set(ours.network, { is: 'open', ours, channel });
    this.#say({ type: 'channelOpened', network: ours.network, member: theirs.member, windowCost: theirs.windowCost });
  }

  /** @param {OwnAttachment} ours */
  #sendAttach(ours) {
    const used = new Set([...this.#states.values()].map(state => state.is === 'open' ? state.channel.send.number : state.is === 'asked' ? 0 : state.number));
    do this.#lastNumber = this.#lastNumber === 0xffff ? 1 : this.#lastNumber + 1;
    while (used.has(this.#lastNumber));
    this.#stream.queueControl(FrameKind.Attach, Attach.encode({ channel: this.#lastNumber, network: idBytes(ours.network), member: ours.member, windowBytes: BigInt(ours.windowCost) }));
    return this.#lastNumber;
  }

  /** The refusal is the same whether we are no member or do not admit. @param {string} network @param {number} why */
  #sendRefused(network, why) {
    this.#states.delete(network);
    const code = why === ErrorCode.NotAMember ? ErrorCode.NotAdmitted : why;
    this.#stream.queueControl(FrameKind.AttachRefused, AttachRefused.encode({ network: idBytes(network), code }));
  }

  /** @param {string} network @param {number} now */
  #forget(network, now) {
    const state = this.#states.get(network);
    this.#states.delete(network);
    const channel = state?.is === 'open' || state?.is === 'leaving' ? state.channel : null;
    if (!channel) return;
    // A number of the other side may have been taken by a newer channel since.
    if (this.#byRemoteNumber.get(channel.remoteNumber) === channel) this.#byRemoteNumber.delete(channel.remoteNumber);
    this.#byNumber.delete(channel.send.number);
    this.#grants.close(channel, now);
  }
}

/** @param {string} network @param {number} reason @returns {import('./sending.js').NumberedFrame} */
const detachFrame = (network, reason) => ({ kind: FrameKind.Detach, flags: 0, channel: 0, body: Detach.encode({ network: idBytes(network), reason }) });
