// The signed body of a join request: the genesis, an admission for the invited peer, and what the network is called. A parsed one is verified.

import { isLine } from '../wire/frames.js';
import { InvitationBody } from '../wire/messages.js';
import { parseAdmission, parseGenesis } from './genesis.js';
import { createRecord, INVITATION_BYTES_MAX, isRefused, openRecord, Refusal } from './records.js';

/** @typedef {{ from: string, genesis: import('./genesis.js').Genesis, admission: import('./genesis.js').Admission, name: string | null, server: string | null }} Invitation */

const PURPOSE = 'netflux invitation v1';
const SERVER_BYTES_MAX = 200;
const DOOR_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Names of networks at a server: 1 to 64 ASCII letters, digits, '-', '_' and '.', beginning with a letter or digit. @param {string} text */
export const isDoorName = text => DOOR_NAME.test(text);

/**
 * @param {import('./records.js').PeerKeys} inviter @param {import('./genesis.js').Genesis} genesis @param {import('./genesis.js').Admission} admission of the invited
 * @param {string | null} name @param {string | null} server
 */
export const createInvitation = (inviter, genesis, admission, name, server) =>
  createRecord(inviter, PURPOSE, InvitationBody.encode({ genesis: genesis.record, admission: admission.record, name: name ?? '', server: server ?? '' }));

/** @param {Uint8Array} record @param {string} invited @param {number} wallClock @returns {Promise<Invitation | Refusal>} */
export async function parseInvitation(record, invited, wallClock) {
  const opened = await openRecord(record, PURPOSE, INVITATION_BYTES_MAX);
  if (isRefused(opened)) return new Refusal(`The invitation is not valid. ${opened.why}`);
  const body = InvitationBody.decode(opened.body);
  if (!body) return new Refusal('The invitation is not valid: its body cannot be read.');
  if ((body.name !== '' && !isDoorName(body.name)) || !isLine(body.server, SERVER_BYTES_MAX)) return new Refusal("The invitation's name or server is too long, or not one line of text.");
  const genesis = await parseGenesis(body.genesis);
  if (isRefused(genesis)) return genesis;
  const admission = await parseAdmission(body.admission, genesis, wallClock);
  if (isRefused(admission)) return admission;
  if (admission.member !== invited) return new Refusal('The invitation is for another peer.');
  return { from: opened.signer, genesis, admission, name: body.name || null, server: body.server || null };
}
