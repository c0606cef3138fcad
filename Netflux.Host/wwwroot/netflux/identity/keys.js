// The private side of an identity, and the incarnation of its run.

import { agree, createIdentityKeys, exportPoint, sign } from './curve.js';
import { cardOf, joinCard, SEALING_KEY_PURPOSE } from './records.js';

/**
 * What is kept of an identity; the CryptoKeys cannot be read out.
 * @typedef {{ signing: CryptoKey, sealing: CryptoKey, card: Uint8Array, incarnation: number }} StoredIdentity
 */

/** @returns {Promise<StoredIdentity>} */
export async function createIdentity() {
  const { signing, sealing } = await createIdentityKeys();
  const sealingPoint = await exportPoint(sealing.publicKey);
  const card = joinCard(await exportPoint(signing.publicKey), sealingPoint, await sign(signing.privateKey, SEALING_KEY_PURPOSE, sealingPoint));
  return { signing: signing.privateKey, sealing: sealing.privateKey, card, incarnation: 0 };
}

/** @param {StoredIdentity} stored @returns {import('./records.js').PeerKeys} */
export const keysOf = stored => ({
  card: cardOf(stored.card),
  sign: (purpose, body) => sign(stored.signing, purpose, body),
  agree: point => agree(stored.sealing, point),
});
