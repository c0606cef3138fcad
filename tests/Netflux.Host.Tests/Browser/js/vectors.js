// The vectors that .NET peers and browser peers read alike: tests/Netflux.Actors.Tests/Wire/Golden/v1.

import { readFileSync } from 'node:fs';
import { fromHex } from '../../../../Netflux.Host/wwwroot/netflux/bytes.js';
import { agree, sign } from '../../../../Netflux.Host/wwwroot/netflux/identity/curve.js';
import { cardOf } from '../../../../Netflux.Host/wwwroot/netflux/identity/records.js';

const golden = new URL('../../../Netflux.Actors.Tests/Wire/Golden/v1/', import.meta.url);

export const frame = name => fromHex(readFileSync(new URL(`${name}.hex`, golden), 'utf8').trim());
export const peers = JSON.parse(readFileSync(new URL('peers.json', golden), 'utf8'));
export const ticket = JSON.parse(readFileSync(new URL('ticket.json', golden), 'utf8'));
export const sourceOf = path => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

/** The keys of alice, bob or carol. */
export async function keysOf(name) {
  const signing = await crypto.subtle.importKey('pkcs8', fromHex(peers[name].signing), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const sealing = await crypto.subtle.importKey('pkcs8', fromHex(peers[name].sealing), { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
  return { card: cardOf(fromHex(peers[name].card)), sign: (purpose, body) => sign(signing, purpose, body), agree: point => agree(sealing, point) };
}
