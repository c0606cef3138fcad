// What a network's genesis fixes for all its members, written as JSON; docs/TOPOLOGY.md has every field.

import { utf8 } from '../bytes.js';
import { Refusal, TOPOLOGY_BYTES_MAX } from './records.js';

/**
 * @typedef {{ json: string, maxMembers: number, join: 'open' | 'invite', messageBytesMax: number, slowMember: 'drop' | 'wait', slowMemberGraceMs: number,
 *             pingAfterMs: number, suspectAfterMs: number, resumeWindowMs: number }} Topology
 */

/** @type {Record<string, string[]>} */
const WORDS = { type: ['full-mesh'], join: ['open', 'invite'], slowMember: ['drop', 'wait'] };

/** What .NET peers know beside it. Not done here: a hub, and neighbours in gossip, are links that outlive a tab in the background. */
const OTHER_TYPES = ['star', 'gossip'];

/** @type {Record<string, [number, number]>} */
const NUMBERS = {
  maxMembers: [2, 50], messageBytesMax: [1, 256 << 20], slowMemberGraceMs: [100, 600_000], pingAfterMs: [100, 60_000], suspectAfterMs: [200, 300_000], resumeWindowMs: [100, 600_000],
};

const DEFAULTS = {
  type: 'full-mesh', maxMembers: 50, join: 'open', messageBytesMax: 64 << 20, slowMember: 'drop', slowMemberGraceMs: 5_000, pingAfterMs: 2_000, suspectAfterMs: 5_000, resumeWindowMs: 8_000,
};

/**
 * Reads the JSON of a genesis. Fields that are not known are kept, unless it lists them in `critical`.
 * Not done: what JSON.parse hides, a name given twice and a number written with a fraction of zero, is refused by .NET peers only.
 * @param {string} json @param {boolean} [strict] a creator's, who is told of every slip @returns {Topology | Refusal}
 */
export function parseTopology(json, strict = false) {
  if (utf8(json).length > TOPOLOGY_BYTES_MAX) return new Refusal(`$: expected at most ${TOPOLOGY_BYTES_MAX} bytes.`);
  let fields;
  try {
    fields = JSON.parse(json);
  } catch {
    return new Refusal('$: expected JSON.');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return new Refusal('$: expected an object such as {"type":"full-mesh"}.');
  if (fields.type === undefined) return new Refusal('$.type: expected "full-mesh", found nothing.');
  if (OTHER_TYPES.includes(fields.type)) return new Refusal(`$.type: a peer in a browser speaks "full-mesh" only, found "${fields.type}"; a .NET peer may take part.`);
  if (fields.grow !== undefined) return new Refusal('$.grow: a peer in a browser cannot follow a network that grows; a .NET peer may take part.');
  for (const [name, value] of Object.entries(fields)) {
    const why = refuseField(name, value, strict);
    if (why) return new Refusal(why);
  }
  const topology = { ...DEFAULTS, ...Object.fromEntries(Object.entries(fields).filter(([name]) => name in DEFAULTS)), json };
  if (topology.suspectAfterMs <= topology.pingAfterMs) return new Refusal(`$.suspectAfterMs: expected more than pingAfterMs (${topology.pingAfterMs}).`);
  return /** @type {Topology} */ (topology);
}

/** @param {string} name @param {any} value @param {boolean} strict */
function refuseField(name, value, strict) {
  if (Object.hasOwn(NUMBERS, name)) {
    const [min, max] = NUMBERS[name];
    return Number.isInteger(value) && value >= min && value <= max ? null : `$.${name}: expected a whole number from ${min} to ${max}.`;
  }
  if (Object.hasOwn(WORDS, name)) return WORDS[name].includes(value) ? null : `$.${name}: expected ${WORDS[name].map(word => `"${word}"`).join(' or ')}; a newer version may know more.`;
  if (name === 'critical') {
    const known = Array.isArray(value) && value.length <= 32 && value.every(item => item === 'critical' || item in DEFAULTS);
    return known ? null : '$.critical: the network requires what this version of Netflux does not know; a newer version may.';
  }
  return strict ? `$.${name}: not a field of a topology.` : null;
}
