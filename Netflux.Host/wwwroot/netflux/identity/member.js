// What a member says of itself, signed: card, incarnation, name, admission, where it listens. The highest (incarnation, version) wins.

import { idBytes, idOf, ID_BYTES } from '../bytes.js';
import { isDisplayName } from '../wire/frames.js';
import { MemberBody } from '../wire/messages.js';
import { parseAdmission } from './genesis.js';
import { createRecord, isRefused, MEMBER_BYTES_MAX, openRecord, parseCard, Refusal } from './records.js';

/**
 * @typedef {{ record: Uint8Array, id: string, card: import('./records.js').PeerCard, incarnation: bigint, version: number, displayName: string,
 *             admission: import('./genesis.js').Admission, addresses: string[], relays: boolean }} MemberRecord
 */

const PURPOSE = 'netflux member v1';
const ADDRESSES_MAX = 8;
const ADDRESS_BYTES_MAX = 200;

/** Printable ASCII without blanks; whether one may be dialled is for the dialler. @param {string[]} addresses */
export const areAddresses = addresses => addresses.length <= ADDRESSES_MAX && addresses.every(text => text.length > 0 && text.length <= ADDRESS_BYTES_MAX && /^[!-~]+$/.test(text));

/**
 * A browser does not listen and does not carry for others.
 * @param {import('./records.js').PeerKeys} keys @param {import('./genesis.js').Genesis} genesis @param {bigint} incarnation @param {string} displayName
 * @param {import('./genesis.js').Admission} admission @returns {Promise<MemberRecord>}
 */
export async function createMember(keys, genesis, incarnation, displayName, admission) {
  const version = 1;
  const body = MemberBody.encode({ network: idBytes(genesis.network), card: keys.card.bytes, incarnation, version, displayName, admission: admission.record });
  return { record: await createRecord(keys, PURPOSE, body), id: keys.card.id, card: keys.card, incarnation, version, displayName, admission, addresses: [], relays: false };
}

/** @param {Uint8Array} record @param {import('./genesis.js').Genesis} genesis @param {number} wallClock @returns {Promise<MemberRecord | Refusal>} */
export async function parseMember(record, genesis, wallClock) {
  const opened = await openRecord(record, PURPOSE, MEMBER_BYTES_MAX);
  if (isRefused(opened)) return new Refusal(`The member's record is not valid. ${opened.why}`);
  const body = MemberBody.decode(opened.body);
  if (!body || body.network.length !== ID_BYTES) return new Refusal("The member's record is not valid: its body cannot be read.");
  if (idOf(body.network) !== genesis.network) return new Refusal("The member's record is of another network.");
  const card = await parseCard(body.card);
  if (!card) return new Refusal("The member's card is not valid.");
  if (card.id !== opened.signer) return new Refusal("The member's record is signed by another peer.");
  if (!isDisplayName(body.displayName)) return new Refusal("The member's display name is too long, or not one line of text.");
  if (!areAddresses(body.addresses)) return new Refusal("The member's addresses are too many, too long, or not addresses.");
  const admission = await parseAdmission(body.admission, genesis, wallClock);
  if (isRefused(admission)) return admission;
  if (admission.member !== card.id) return new Refusal("The member shows another member's admission.");
  return {
    record: record.slice(), id: card.id, card, incarnation: body.incarnation, version: body.version, displayName: body.displayName, admission, addresses: body.addresses, relays: body.relays,
  };
}

/** @param {MemberRecord} one @param {MemberRecord} other */
export const isNewer = (one, other) => one.incarnation > other.incarnation || (one.incarnation === other.incarnation && one.version > other.version);
