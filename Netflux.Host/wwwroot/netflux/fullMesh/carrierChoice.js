// Who passes something on for a pair: highest random weight (Thaler and Ravishankar, IEEE/ACM Transactions on Networking 6(1), 1998). Each common neighbour has a weight for the
// pair, a hash that both ends compute alike; so they agree without a word, and the pairs spread over the carriers.

import { compareIds, concat, hex, idBytes, isSmaller } from '../bytes.js';
import { sha256 } from '../sha256.js';

/** @param {string} one @param {string} other @param {string[]} candidates @returns {string[]} best first */
export function rankCarriers(one, other, candidates) {
  const pair = isSmaller(one, other) ? concat(idBytes(one), idBytes(other)) : concat(idBytes(other), idBytes(one));
  const weighed = candidates.map(carrier => ({ carrier, weight: hex(sha256(concat(pair, idBytes(carrier))).subarray(0, 8)) }));
  return weighed.sort((a, b) => (a.weight === b.weight ? compareIds(a.carrier, b.carrier) : a.weight < b.weight ? 1 : -1)).map(({ carrier }) => carrier);
}
