// Join requests that wait for an answer, in both directions. They need no network: two peers connected at a meeting point can invite each other.

import { DeclinedReason, isOneOf } from '../wire/codes.js';
import { FrameKind } from '../wire/frames.js';
import { JoinAnswerFrame, JoinRequestFrame } from '../wire/messages.js';
import { utf8 } from '../bytes.js';
import { SESSION, Violation } from './sessionOptions.js';

const WHY_CHARACTERS_MAX = 256;

export class Invitations {
  /** @type {bigint[]} */
  #offered = [];
  /** @type {bigint[]} */
  #received = [];
  #say;
  #stream;

  /** @param {(instruction: import('./peerSession.js').SessionInstruction) => void} say @param {import('./sending.js').SendStream} stream */
  constructor(say, stream) {
    this.#say = say;
    this.#stream = stream;
  }

  get any() {
    return this.#offered.length > 0 || this.#received.length > 0;
  }

  /** @param {bigint} id @param {Uint8Array} invitation */
  handleOffer(id, invitation) {
    if (this.#offered.length >= SESSION.invitationsMax) {
      this.#say({ type: 'invitationAnswered', id, reason: DeclinedReason.TooMany, why: 'Too many join requests to this peer are open.' });
      return;
    }
    this.#offered.push(id);
    this.#stream.queueControl(FrameKind.JoinRequest, JoinRequestFrame.encode({ id, invitation }));
  }

  /** @param {bigint} id @param {number | null} reason null accepts @param {string} why */
  handleAnswer(id, reason, why) {
    if (!this.#received.includes(id)) return;
    this.#received = this.#received.filter(other => other !== id);
    this.#answer(id, reason, why);
  }

  /** @param {Uint8Array} body @returns {Violation | null} */
  onRequest(body) {
    const request = JoinRequestFrame.decode(body);
    if (!request || request.invitation.length > SESSION.invitationBytesMax) return new Violation('A malformed JoinRequest frame.');
    if (this.#received.includes(request.id)) return new Violation('A join request under an id that is open.');
    if (this.#received.length >= SESSION.invitationsMax) this.#answer(request.id, DeclinedReason.TooMany, 'Too many join requests are open.');
    else {
      this.#received.push(request.id);
      this.#say({ type: 'invitationReceived', id: request.id, invitation: request.invitation });
    }
    return null;
  }

  /** @param {Uint8Array} body @returns {Violation | null} */
  onAnswer(body) {
    const answer = JoinAnswerFrame.decode(body);
    if (!answer || utf8(answer.why).length > 4 * WHY_CHARACTERS_MAX) return new Violation('A malformed JoinAnswer frame.');
    if (!this.#offered.includes(answer.id)) return null;
    this.#offered = this.#offered.filter(other => other !== answer.id);
    // A reason of a later version still declines.
    const reason = answer.answer === 0 ? null : isOneOf(DeclinedReason, answer.answer) ? answer.answer : DeclinedReason.Declined;
    this.#say({ type: 'invitationAnswered', id: answer.id, reason, why: answer.why });
    return null;
  }

  closeAll() {
    for (const id of this.#offered) this.#say({ type: 'invitationAnswered', id, reason: DeclinedReason.ConnectionLost, why: 'The connection to the peer ended.' });
    [this.#offered, this.#received] = [[], []];
  }

  /** @param {bigint} id @param {number | null} reason @param {string} why */
  #answer(id, reason, why) {
    this.#stream.queueControl(FrameKind.JoinAnswer, JoinAnswerFrame.encode({ id, answer: reason ?? 0, why: why.slice(0, WHY_CHARACTERS_MAX) }));
  }
}
