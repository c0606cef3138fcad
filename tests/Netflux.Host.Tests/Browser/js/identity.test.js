import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareIds, fromHex, hex, idBytes, idOf, randomBytes, utf8 } from '../../../../Netflux.Host/wwwroot/netflux/bytes.js';
import { createEphemeral } from '../../../../Netflux.Host/wwwroot/netflux/identity/curve.js';
import { createGenesis, issueAdmission, parseAdmission, parseGenesis } from '../../../../Netflux.Host/wwwroot/netflux/identity/genesis.js';
import * as hpke from '../../../../Netflux.Host/wwwroot/netflux/identity/hpke.js';
import { openIntroduction, sealIntroduction } from '../../../../Netflux.Host/wwwroot/netflux/identity/introduction.js';
import { createInvitation, parseInvitation } from '../../../../Netflux.Host/wwwroot/netflux/identity/invitation.js';
import { createMember, parseMember } from '../../../../Netflux.Host/wwwroot/netflux/identity/member.js';
import { createRecord, isRefused, parseCard } from '../../../../Netflux.Host/wwwroot/netflux/identity/records.js';
import { parseTopology } from '../../../../Netflux.Host/wwwroot/netflux/identity/topology.js';
import { AdmissionBody, SignedRecord } from '../../../../Netflux.Host/wwwroot/netflux/wire/messages.js';
import { keysOf, peers, ticket } from './vectors.js';

const { wallClock } = peers;
const genesisOf = async name => parseGenesis(fromHex(peers[name].genesis));

test('cards of .NET peers hold, and name their peers', async () => {
  for (const name of ['alice', 'bob', 'carol']) {
    assert.equal((await parseCard(fromHex(peers[name].card))).id, peers[name].id);
    const tampered = fromHex(peers[name].card);
    tampered[150] ^= 1;
    assert.equal(await parseCard(tampered), null);
  }
});

test('ids are written and compared as .NET does', () => {
  for (let round = 0; round < 500; round++) {
    const [one, other] = [randomBytes(20), randomBytes(20)];
    assert.equal(hex(idBytes(idOf(one))), hex(one));
    assert.equal(Math.sign(compareIds(idOf(one), idOf(other))), hex(one) < hex(other) ? -1 : 1);
  }
});

test('a genesis of .NET is read', async () => {
  const genesis = await genesisOf('openNetwork');
  assert.deepEqual([genesis.network, genesis.creator, genesis.topology.maxMembers, genesis.topology.json], [peers.openNetwork.id, peers.alice.id, 12, peers.openNetwork.topology]);
  assert.equal((await genesisOf('inviteNetwork')).topology.join, 'invite');
});

test('admissions of .NET hold: one\'s own, the creator\'s, and one that hangs on another', async () => {
  const [open, closed] = [await genesisOf('openNetwork'), await genesisOf('inviteNetwork')];
  assert.equal((await parseAdmission(fromHex(peers.admissions.own), open, wallClock)).member, peers.bob.id);
  assert.equal((await parseAdmission(fromHex(peers.admissions.byCreator), closed, wallClock)).issuer, peers.alice.id);
  const chain = await parseAdmission(fromHex(peers.admissions.chain), closed, wallClock);
  assert.deepEqual([chain.member, chain.issuer, chain.mayInvite], [peers.carol.id, peers.bob.id, false]);
});

test('an admission that a tracking server of .NET gave for a ticket holds, and no byte of it can be changed', async () => {
  const closed = await genesisOf('inviteNetwork');
  const record = fromHex(ticket.admission);
  const admission = await parseAdmission(record, closed, wallClock + 5 * 86_400_000); // the ticket has ended, and not the membership
  assert.deepEqual([admission.member, admission.issuer, admission.mayInvite], [peers.carol.id, peers.alice.id, true]);
  for (let at = 0; at < record.length; at += 7) {
    const changed = record.slice();
    changed[at] ^= 1;
    assert.ok(isRefused(await parseAdmission(changed, closed, wallClock)), `byte ${at}`);
  }
});

test('an admission for a ticket that says something else is refused', async () => {
  const closed = await genesisOf('inviteNetwork');
  const [alice, carol] = [await keysOf('alice'), await keysOf('carol')];
  const body = { ...AdmissionBody.decode(SignedRecord.decode(fromHex(ticket.admission)).body) };
  const refused = async (change, signer = alice) => isRefused(await parseAdmission(await createRecord(signer, 'netflux admission v1', AdmissionBody.encode({ ...body, ...change })), closed, wallClock));
  assert.equal(await refused({}), false);
  assert.equal(await refused({ rights: 0 }), false);
  assert.equal(await refused({ rights: 3 }), true);
  assert.equal(await refused({ member: idBytes(peers.bob.id) }), true);
  assert.equal(await refused({ issuedAtMs: body.issuedAtMs - 120_001n }), true);
  assert.equal(await refused({ issuedAtMs: body.issuedAtMs + 86_400_000n + 120_001n }), true);
  assert.equal(await refused({ issuerAdmission: fromHex(peers.admissions.byCreator) }), true);
  assert.equal(await refused({ ticket: body.ticket.subarray(1) }), true);
  assert.equal(await refused({}, carol), true);
});

test('an admission of another network, an expired one and a self-made one are refused', async () => {
  const [open, closed] = [await genesisOf('openNetwork'), await genesisOf('inviteNetwork')];
  assert.ok(isRefused(await parseAdmission(fromHex(peers.admissions.own), closed, wallClock)));
  assert.ok(isRefused(await parseAdmission(fromHex(peers.admissions.chain), closed, wallClock + 31 * 86_400_000)));
  assert.ok(isRefused(await issueAdmission(await keysOf('carol'), closed, peers.carol.id, null, wallClock)));
  assert.ok(!isRefused(await issueAdmission(await keysOf('carol'), open, peers.carol.id, null, wallClock)));
});

test('a member\'s record of .NET is read, and no byte of it can be changed', async () => {
  const open = await genesisOf('openNetwork');
  const record = fromHex(peers.member.record);
  const member = await parseMember(record, open, wallClock);
  assert.deepEqual([member.id, String(member.incarnation), member.version, member.displayName, member.addresses, member.relays],
    [peers.bob.id, peers.member.incarnation, peers.member.version, peers.member.displayName, [peers.member.address], true]);
  for (let at = 0; at < record.length; at += 7) {
    const tampered = record.slice();
    tampered[at] ^= 4;
    assert.ok(isRefused(await parseMember(tampered, open, wallClock)), `byte ${at}`);
  }
});

test('an invitation of .NET is read by the invited alone', async () => {
  const invitation = await parseInvitation(fromHex(peers.invitation.record), peers.carol.id, wallClock);
  assert.deepEqual([invitation.from, invitation.name, invitation.server, invitation.genesis.network], [peers.bob.id, peers.invitation.name, peers.invitation.server, peers.inviteNetwork.id]);
  assert.ok(isRefused(await parseInvitation(fromHex(peers.invitation.record), peers.alice.id, wallClock)));
});

test('an introduction sealed by .NET opens for its receiver alone, while it is fresh', async () => {
  const sealed = fromHex(peers.introduction.sealed);
  const introduction = await openIntroduction(sealed, await keysOf('bob'), wallClock);
  assert.deepEqual([introduction.card.id, introduction.network, introduction.displayName, introduction.addresses, introduction.answerWanted, introduction.signal],
    [peers.alice.id, peers.openNetwork.id, 'alice', [peers.introduction.address], true, null]);
  assert.equal(await openIntroduction(sealed, await keysOf('carol'), wallClock), null);
  assert.equal(await openIntroduction(sealed, await keysOf('bob'), wallClock + 301_000), null);
  sealed[100] ^= 1;
  assert.equal(await openIntroduction(sealed, await keysOf('bob'), wallClock), null);
});

test('an introduction with an offer passes', async () => {
  const [alice, bob] = [await keysOf('alice'), await keysOf('bob')];
  const signal = { connection: randomBytes(8), say: 'offer', offer: 'v=0' };
  const said = { network: peers.openNetwork.id, meetingKey: null, incarnation: 5n, displayName: 'alice', admission: fromHex(peers.admissions.own), answerWanted: true, pleaseDial: false, signal };
  const opened = await openIntroduction(await sealIntroduction(said, alice, bob.card, wallClock), bob, wallClock);
  assert.deepEqual([opened.signal.say, opened.signal.offer, hex(opened.signal.connection)], ['offer', 'v=0', hex(signal.connection)]);
  const tooLong = { ...said, signal: { ...signal, offer: 'x'.repeat(9_000) } };
  assert.equal(await sealIntroduction(tooLong, alice, bob.card, wallClock), null);
});

test('what is sealed opens with the same info only', async () => {
  const bob = await keysOf('bob');
  const sealed = await hpke.seal(bob.card.sealingPoint, utf8('one'), utf8('text'), await createEphemeral());
  assert.equal(hex(await hpke.open(sealed, bob.card.sealingPoint, bob.agree, utf8('one'))), hex(utf8('text')));
  assert.equal(await hpke.open(sealed, bob.card.sealingPoint, bob.agree, utf8('two')), null);
  assert.equal(await hpke.seal(new Uint8Array(65).fill(4), utf8('one'), utf8('text'), await createEphemeral()), null);
});

test('records made here are read here', async () => {
  const [alice, bob] = [await keysOf('alice'), await keysOf('bob')];
  const genesis = await createGenesis(alice, '{"type":"full-mesh","join":"invite"}', wallClock);
  assert.equal((await parseGenesis(genesis.record)).network, genesis.network);
  const own = await issueAdmission(alice, genesis, alice.card.id, null, wallClock);
  const member = await createMember(alice, genesis, 9n, 'alice', own);
  assert.equal((await parseMember(member.record, genesis, wallClock)).id, alice.card.id);
  const forBob = await issueAdmission(alice, genesis, bob.card.id, own, wallClock);
  assert.equal((await parseInvitation(await createInvitation(alice, genesis, forBob, 'lobby', null), bob.card.id, wallClock)).name, 'lobby');
});

test('topologies: a creator is told of slips, a joiner takes what is new', () => {
  assert.equal(parseTopology('{"type":"full-mesh","new":1}').maxMembers, 50);
  for (const wrong of ['', '[]', '{}', '{"type":"star"}', '{"type":"full-mesh","maxMembers":51}', '{"type":"full-mesh","critical":["new"]}', '{"type":"full-mesh","suspectAfterMs":2000}']) assert.ok(isRefused(parseTopology(wrong)), wrong);
  assert.ok(isRefused(parseTopology('{"type":"full-mesh","new":1}', true)));
  for (const type of ['star', 'gossip']) assert.match(parseTopology(`{"type":"${type}"}`).why, /a peer in a browser speaks "full-mesh" only/);
  assert.match(parseTopology('{"type":"full-mesh","grow":"gossip"}').why, /a peer in a browser cannot follow/);
  assert.match(parseTopology('{"type":"hypercube"}').why, /newer version/);
});
