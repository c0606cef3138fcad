// The signed record with which a network begins, and the one that lets a peer into it. Parsed ones are verified.

import { EMPTY, idBytes, idOf, ID_BYTES, randomBytes } from '../bytes.js';
import { sha256 } from '../sha256.js';
import { AdmissionBody, GenesisBody, TicketBody } from '../wire/messages.js';
import { ErrorCode, NetfluxError } from '../wire/codes.js';
import { ADMISSION_BYTES_MAX, CLOCK_TOLERANCE, createRecord, GENESIS_BYTES_MAX, isRefused, NONCE_BYTES, openRecord, Refusal, TICKET_BYTES_MAX, TICKET_LIFE_MAX } from './records.js';
import { parseTopology } from './topology.js';

/**
 * @typedef {import('./records.js').PeerKeys} PeerKeys
 * @typedef {{ record: Uint8Array, network: string, creator: string, topology: import('./topology.js').Topology }} Genesis
 * @typedef {{ record: Uint8Array, member: string, issuer: string, mayInvite: boolean }} Admission
 */

const GENESIS_PURPOSE = 'netflux genesis v1';
const GENESIS_VERSION = 1;
const ADMISSION_PURPOSE = 'netflux admission v1';
const TICKET_PURPOSE = 'netflux ticket v1';
const RIGHT_TO_INVITE = 1;
const ADMISSION_DEPTH_MAX = 8;
const SERIAL_BYTES = 16;
const HASH_BYTES = 32;
const MS_MAX = 253_402_300_799_999n - 86_400_000n; // as in Netflux.Identity.TicketRecord

/** @param {PeerKeys} creator @param {string} topologyJson @param {number} wallClock @returns {Promise<Genesis>} */
export async function createGenesis(creator, topologyJson, wallClock) {
  const topology = parseTopology(topologyJson, true);
  if (isRefused(topology)) throw new NetfluxError(ErrorCode.InvalidTopology, topology.why);
  const body = GenesisBody.encode({ version: GENESIS_VERSION, topologyJson, nonce: randomBytes(NONCE_BYTES), createdAtMs: BigInt(wallClock) });
  return { record: await createRecord(creator, GENESIS_PURPOSE, body), network: idOf(sha256(body)), creator: creator.card.id, topology };
}

/** @param {Uint8Array} record @returns {Promise<Genesis | Refusal>} */
export async function parseGenesis(record) {
  const opened = await openRecord(record, GENESIS_PURPOSE, GENESIS_BYTES_MAX);
  if (isRefused(opened)) return new Refusal(`The network's genesis record is not valid. ${opened.why}`);
  const body = GenesisBody.decode(opened.body);
  if (!body || body.nonce.length !== NONCE_BYTES) return new Refusal("The network's genesis record is not valid: its body cannot be read.");
  if (body.version !== GENESIS_VERSION) return new Refusal(`The network was created with version ${body.version} of the genesis record; this version of Netflux knows ${GENESIS_VERSION}.`);
  const topology = parseTopology(body.topologyJson);
  if (isRefused(topology)) return new Refusal(`The network's topology is not understood. ${topology.why}`);
  return { record: record.slice(), network: idOf(sha256(opened.body)), creator: opened.signer, topology };
}

/**
 * An admission for a member: by itself in an open network, by the creator, or by a member that may invite.
 * @param {PeerKeys} issuer @param {Genesis} genesis @param {string} member @param {Admission | null} issuerAdmission @param {number} wallClock @returns {Promise<Admission | Refusal>}
 */
export async function issueAdmission(issuer, genesis, member, issuerAdmission, wallClock) {
  // The creator's word and, in an open network, one's own stand by themselves; any other issuer shows by its own admission that it may invite.
  const standsAlone = issuer.card.id === genesis.creator || (issuer.card.id === member && genesis.topology.join === 'open');
  const body = AdmissionBody.encode({
    network: idBytes(genesis.network), member: idBytes(member), rights: RIGHT_TO_INVITE, issuedAtMs: BigInt(wallClock),
    issuerAdmission: standsAlone || !issuerAdmission ? EMPTY : issuerAdmission.record,
  });
  return parseAdmission(await createRecord(issuer, ADMISSION_PURPOSE, body), genesis, wallClock);
}

/** @param {Uint8Array} record @param {Genesis} genesis @param {number} wallClock @param {number} [depth] @returns {Promise<Admission | Refusal>} */
export async function parseAdmission(record, genesis, wallClock, depth = ADMISSION_DEPTH_MAX) {
  const opened = await openRecord(record, ADMISSION_PURPOSE, ADMISSION_BYTES_MAX);
  if (isRefused(opened)) return new Refusal(`The admission is not valid. ${opened.why}`);
  const body = AdmissionBody.decode(opened.body);
  if (!body || body.network.length !== ID_BYTES || body.member.length !== ID_BYTES) return new Refusal('The admission is not valid: its body cannot be read.');
  if (idOf(body.network) !== genesis.network) return new Refusal('The admission is for another network.');
  if (body.expiresAtMs !== 0n && (body.expiresAtMs < 0n || BigInt(wallClock - CLOCK_TOLERANCE) > body.expiresAtMs)) return new Refusal('The admission has expired: ask for a new one.');
  const member = idOf(body.member);
  const refusal = await refuseAdmission(opened.signer, member, body, genesis, wallClock, depth);
  return refusal ?? { record: record.slice(), member, issuer: opened.signer, mayInvite: (body.rights & RIGHT_TO_INVITE) !== 0 };
}

/** @param {string} issuer @param {string} member @param {any} body @param {Genesis} genesis @param {number} wallClock @param {number} depth @returns {Promise<Refusal | null>} */
async function refuseAdmission(issuer, member, body, genesis, wallClock, depth) {
  if (body.ticket.length > 0) return refuseRedeemed(issuer, member, body, genesis, wallClock, depth);
  if (issuer !== member || issuer === genesis.creator || body.issuerAdmission.length > 0) return refuseIssuer(issuer, body.issuerAdmission, genesis, wallClock, depth);
  return genesis.topology.join === 'open' ? null : new Refusal('The network takes invited members only: ask one of its members for an invitation.');
}

/** Whether a peer shows that it may let others in. @param {string} issuer @param {Uint8Array} issuerAdmission @param {Genesis} genesis @param {number} wallClock @param {number} depth @returns {Promise<Refusal | null>} */
async function refuseIssuer(issuer, issuerAdmission, genesis, wallClock, depth) {
  if (issuerAdmission.length === 0) return issuer === genesis.creator ? null : new Refusal(`${issuer} issued it without showing that it may.`);
  if (depth <= 1) return new Refusal(`The admission hangs on more than ${ADMISSION_DEPTH_MAX} invitations.`);
  // An issuer's admission is judged now and not when it issued: whoever is no longer admitted takes along whom it let in.
  const by = await parseAdmission(issuerAdmission, genesis, wallClock, depth - 1);
  if (isRefused(by)) return new Refusal(`The issuer's own admission does not hold. ${by.why}`);
  if (by.member !== issuer) return new Refusal("The admission shows another member's right to invite than its issuer's.");
  return by.mayInvite ? null : new Refusal(`${issuer} may not invite others into this network.`);
}

/**
 * A tracking server lets in by the word of a member: within what the ticket says, and while the ticket was in force.
 * @param {string} redeemer @param {string} member @param {any} body @param {Genesis} genesis @param {number} wallClock @param {number} depth @returns {Promise<Refusal | null>}
 */
async function refuseRedeemed(redeemer, member, body, genesis, wallClock, depth) {
  if (body.issuerAdmission.length > 0) return new Refusal('The admission shows two reasons; it has one.');
  const opened = await openRecord(body.ticket, TICKET_PURPOSE, TICKET_BYTES_MAX);
  if (isRefused(opened)) return new Refusal(`The ticket is not valid. ${opened.why}`);
  const ticket = TicketBody.decode(opened.body);
  if (!ticket || !isTicket(ticket)) return new Refusal('The ticket is not valid: its body cannot be read.');
  if (idOf(ticket.network) !== genesis.network) return new Refusal('The ticket is for another network.');
  if (idOf(ticket.redeemer) !== redeemer) return new Refusal(`${redeemer} is not the one that redeems this ticket.`);
  if (ticket.holder.length > 0 && idOf(ticket.holder) !== member) return new Refusal('The ticket is for another peer.');
  if ((body.rights & ~ticket.rights) !== 0) return new Refusal('The admission gives more than its ticket does.');
  const tolerance = BigInt(CLOCK_TOLERANCE);
  if (body.issuedAtMs < ticket.issuedAtMs - tolerance || body.issuedAtMs - tolerance > ticket.expiresAtMs) return new Refusal('The ticket was not in force when it was redeemed.');
  return refuseIssuer(opened.signer, ticket.issuerAdmission, genesis, wallClock, depth);
}

/** @param {any} ticket */
const isTicket = ticket => ticket.network.length === ID_BYTES && (ticket.holder.length === 0 || ticket.holder.length === ID_BYTES) && ticket.redeemer.length === ID_BYTES
  && ticket.serial.length === SERIAL_BYTES && ticket.secretHash.length === HASH_BYTES && (ticket.trackerRootHash.length === 0 || ticket.trackerRootHash.length === HASH_BYTES)
  && ticket.issuedAtMs >= 0n && ticket.issuedAtMs <= MS_MAX && ticket.expiresAtMs <= MS_MAX && ticket.expiresAtMs >= ticket.issuedAtMs
  && ticket.expiresAtMs - ticket.issuedAtMs <= BigInt(TICKET_LIFE_MAX);
