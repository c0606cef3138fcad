// What one peer lets another know so that they can link: who it is, how it is reached, the signal of a data channel. Signed by the sender, sealed for the receiver.

import { EMPTY, idBytes, idOf, ID_BYTES, randomBytes, utf8 } from '../bytes.js';
import { isDisplayName } from '../wire/frames.js';
import { IntroductionBody } from '../wire/messages.js';
import { createEphemeral } from './curve.js';
import * as hpke from './hpke.js';
import { areAddresses } from './member.js';
import { ADMISSION_BYTES_MAX, CLOCK_TOLERANCE, createRecord, INTRODUCTION_BYTES_MAX, isRefused, NONCE_BYTES, openRecord, parseCard } from './records.js';

/**
 * @typedef {{ connection: Uint8Array, say: 'offer' | 'answer' | 'candidates', offer?: string, answer?: string, candidates?: { lines: string[], last: boolean } }} ConnectionSignal
 * @typedef {{ card: import('./records.js').PeerCard, network: string | null, meetingKey: string | null, incarnation: bigint, displayName: string, admission: Uint8Array,
 *             addresses: string[], answerWanted: boolean, pleaseDial: boolean, signal: ConnectionSignal | null }} Introduction
 */

const PURPOSE = 'netflux introduction v1';
const INFO = utf8(PURPOSE);
const AGE_MAX = 2 * CLOCK_TOLERANCE + 60_000;
export const CONNECTION_BYTES = 8;
const MEETING_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * @param {Omit<Introduction, 'card' | 'addresses'>} introduction a browser has no addresses @param {import('./records.js').PeerKeys} from @param {import('./records.js').PeerCard} to
 * @param {number} wallClock @returns {Promise<Uint8Array | null>} null where it is too long to be taken
 */
export async function sealIntroduction(introduction, from, to, wallClock) {
  const body = IntroductionBody.encode({
    ...introduction, to: idBytes(to.id), network: introduction.network ? idBytes(introduction.network) : EMPTY, meetingKey: introduction.meetingKey ?? '', card: from.card.bytes,
    sentAtMs: BigInt(wallClock), nonce: randomBytes(NONCE_BYTES),
  });
  const sealed = await hpke.seal(to.sealingPoint, INFO, await createRecord(from, PURPOSE, body), await createEphemeral());
  return sealed && sealed.length <= INTRODUCTION_BYTES_MAX ? sealed : null;
}

/** Null unless it is for this peer, its signature holds, and it is fresh. @param {Uint8Array} sealed @param {import('./records.js').PeerKeys} receiver @param {number} wallClock @returns {Promise<Introduction | null>} */
export async function openIntroduction(sealed, receiver, wallClock) {
  if (sealed.length > INTRODUCTION_BYTES_MAX) return null;
  const record = await hpke.open(sealed, receiver.card.sealingPoint, point => receiver.agree(point), INFO);
  const opened = record && (await openRecord(record, PURPOSE, INTRODUCTION_BYTES_MAX));
  if (!opened || isRefused(opened)) return null;
  const body = IntroductionBody.decode(opened.body);
  // The receiver is inside the signature: who opens an introduction cannot seal it again for somebody else.
  if (!body || !isWellFormed(body) || idOf(body.to) !== receiver.card.id) return null;
  const card = await parseCard(body.card);
  if (!card || card.id !== opened.signer) return null;
  const age = BigInt(wallClock) - body.sentAtMs;
  if (age > BigInt(AGE_MAX) || age < -BigInt(AGE_MAX)) return null;
  return {
    card, network: body.network.length ? idOf(body.network) : null, meetingKey: body.meetingKey || null, incarnation: body.incarnation, displayName: body.displayName,
    admission: body.admission, addresses: body.addresses, answerWanted: body.answerWanted, pleaseDial: body.pleaseDial, signal: body.signal,
  };
}

/** @param {any} body */
const isWellFormed = body =>
  body.to.length === ID_BYTES
  && (body.network.length === 0 ? MEETING_KEY.test(body.meetingKey) : body.network.length === ID_BYTES && body.meetingKey === '')
  && isDisplayName(body.displayName) && areAddresses(body.addresses) && body.admission.length <= ADMISSION_BYTES_MAX && body.nonce.length === NONCE_BYTES
  && (body.signal === null || (body.signal.connection.length === CONNECTION_BYTES && body.signal.say !== null));
