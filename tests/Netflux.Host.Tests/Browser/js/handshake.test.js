import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, equals, fromHex, hex, randomBytes, utf8 } from '../../../../Netflux.Host/wwwroot/netflux/bytes.js';
import { hkdf, verify } from '../../../../Netflux.Host/wwwroot/netflux/identity/curve.js';
import { createIdentity, keysOf as keysOfIdentity } from '../../../../Netflux.Host/wwwroot/netflux/identity/keys.js';
import { hashTranscript, LinkHandshake } from '../../../../Netflux.Host/wwwroot/netflux/links/handshake.js';
import { RecordProtection } from '../../../../Netflux.Host/wwwroot/netflux/links/recordProtection.js';
import { signalingProofBody } from '../../../../Netflux.Host/wwwroot/netflux/signaling/signalingProof.js';
import { CloseCode } from '../../../../Netflux.Host/wwwroot/netflux/wire/codes.js';
import { FrameKind } from '../../../../Netflux.Host/wwwroot/netflux/wire/frames.js';
import { Proof } from '../../../../Netflux.Host/wwwroot/netflux/wire/messages.js';
import { peers } from './vectors.js';

const vector = Object.fromEntries(Object.entries(peers.handshake).map(([key, value]) => [key, typeof value === 'string' && key !== 'authority' ? fromHex(value) : value]));

test('transcript, proof, session and seal are those of .NET', async () => {
  const transcript = hashTranscript(vector.diallerHello, vector.listenerHello);
  assert.equal(hex(transcript), peers.handshake.transcript);
  const toBeSigned = concat(Uint8Array.of(0), transcript, utf8(vector.authority));
  assert.ok(await verify(fromHex(peers.alice.card).subarray(0, 65), 'netflux link proof v1', toBeSigned, vector.diallerProof));
  assert.equal(hex(await hkdf(vector.secret, transcript, 'netflux session v1', 16)), peers.handshake.fresh);
  const [dialler, listener] = [await RecordProtection.derive(vector.secret, transcript, 'dialler'), await RecordProtection.derive(vector.secret, transcript, 'listener')];
  for (const [at, text] of ['first', 'second'].entries()) {
    assert.equal(hex(await dialler.seal(utf8(text))), peers.handshake.diallerRecords[at]);
    assert.equal(hex(await listener.open(fromHex(peers.handshake.diallerRecords[at]))), hex(utf8(text)));
  }
  assert.equal(await listener.open(fromHex(peers.handshake.diallerRecords[1])), null, 'a record that is repeated');
});

test('the proof for a signaling server is that of .NET', async () => {
  const { nonce, incarnation, authority, displayName, body, proof } = peers.signaling;
  assert.equal(hex(signalingProofBody(1, fromHex(nonce), BigInt(incarnation), authority, displayName)), body);
  assert.ok(await verify(fromHex(peers.alice.card).subarray(0, 65), 'netflux signaling v1', fromHex(body), fromHex(proof)));
});

const someone = async () => keysOfIdentity(await createIdentity());
const contextOf = (role, keys, more = {}) => ({ role, keys, incarnation: 1n, displayName: role, expected: null, authority: '', binding: new Uint8Array(64), ...more });

/** Runs both sides until nothing is said any more; a hook may change what passes. */
async function run(dialler, listener, pass = message => message) {
  const outcome = {};
  const queue = [[listener, 'listener', (await dialler.start()).send]];
  await listener.start();
  while (queue.length > 0) {
    const [receiver, name, messages] = queue.shift();
    for (const message of messages) {
      const step = await receiver.receive(pass(message, name));
      if (step.proven || step.failed) outcome[name] = step;
      queue.push(receiver === dialler ? [listener, 'listener', step.send] : [dialler, 'dialler', step.send]);
    }
  }
  return outcome;
}

test('both sides prove themselves, and come to the same keys', async () => {
  const [alice, bob] = [await someone(), await someone()];
  const { dialler, listener } = await run(new LinkHandshake(contextOf('dialler', alice, { expected: bob.card.id })), new LinkHandshake(contextOf('listener', bob, { expected: alice.card.id })));
  assert.deepEqual([dialler.proven.remote.id, listener.proven.remote.id, dialler.proven.displayName], [bob.card.id, alice.card.id, 'listener']);
  assert.ok(equals(dialler.proven.fresh, listener.proven.fresh) && equals(dialler.proven.secret, listener.proven.secret));
});

for (const [what, code, side, change] of [
  ['certificates that are not the same at both ends', CloseCode.ProofInvalid, 'dialler', { dialler: { binding: new Uint8Array(64).fill(1) } }],
  ['another peer than the one expected', CloseCode.WrongPeer, 'dialler', { dialler: { expected: 'a'.repeat(32) } }],
  ['an authority, on a link that has none', CloseCode.AuthorityMismatch, 'listener', { dialler: { authority: 'example.org' } }],
]) {
  test(`refused: ${what}`, async () => {
    const outcome = await run(new LinkHandshake(contextOf('dialler', await someone(), change.dialler)), new LinkHandshake(contextOf('listener', await someone(), change.listener)));
    assert.equal(outcome[side].failed.code, code);
    assert.ok(!outcome.dialler?.proven && !outcome.listener?.proven);
  });
}

test('refused: a peer that dials itself', async () => {
  const alice = await someone();
  assert.equal((await run(new LinkHandshake(contextOf('dialler', alice)), new LinkHandshake(contextOf('listener', alice)))).listener.failed.code, CloseCode.Self);
});

test('whatever byte is changed on the way, nobody is proven to the one who got it', async () => {
  for (let round = 0; round < 24; round++) {
    const victim = round % 2 ? 'dialler' : 'listener';
    let changed = false;
    const pass = (message, name) => {
      if (name !== victim || changed || message[0] === FrameKind.Close) return message;
      changed = true;
      const tampered = message.slice();
      tampered[1 + (round * 37) % (message.length - 1)] ^= 1 << (round % 8);
      return tampered;
    };
    const outcome = await run(new LinkHandshake(contextOf('dialler', await someone())), new LinkHandshake(contextOf('listener', await someone())), pass);
    assert.ok(!outcome.dialler?.proven && !outcome.listener?.proven, `round ${round}`);
  }
});

test('garbage, and messages that are not due, end the handshake with a reason', async () => {
  for (const [message, code] of [[Uint8Array.of(), CloseCode.HandshakeExpected], [concat(Uint8Array.of(FrameKind.Hello), randomBytes(200)), CloseCode.HelloInvalid],
    [concat(Uint8Array.of(FrameKind.Proof), Proof.encode({ signature: randomBytes(64) })), CloseCode.HandshakeExpected], [new Uint8Array(5_000).fill(1), CloseCode.HelloInvalid]]) {
    const step = await new LinkHandshake(contextOf('listener', await someone())).receive(message);
    assert.deepEqual([step.failed.code, step.send[0][0]], [code, FrameKind.Close]);
  }
});

test('one who says nothing runs out of time', async () => {
  const handshake = new LinkHandshake(contextOf('listener', await someone()));
  assert.equal(handshake.timeOut().failed.code, CloseCode.HandshakeTimeout);
});
