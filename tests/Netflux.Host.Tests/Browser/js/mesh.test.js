import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createGenesis, issueAdmission } from '../../../../Netflux.Host/wwwroot/netflux/identity/genesis.js';
import { createIdentity, keysOf } from '../../../../Netflux.Host/wwwroot/netflux/identity/keys.js';
import { createMember, parseMember } from '../../../../Netflux.Host/wwwroot/netflux/identity/member.js';
import { isRefused } from '../../../../Netflux.Host/wwwroot/netflux/identity/records.js';
import { FullMeshOverlay } from '../../../../Netflux.Host/wwwroot/netflux/fullMesh/fullMeshOverlay.js';
import { readControl } from '../../../../Netflux.Host/wwwroot/netflux/fullMesh/memberControl.js';
import { rankCarriers } from '../../../../Netflux.Host/wwwroot/netflux/fullMesh/carrierChoice.js';
import { ErrorCode, LeavingReason } from '../../../../Netflux.Host/wwwroot/netflux/wire/codes.js';
import { seeded } from './sessionWorld.js';

let genesis, people;

before(async () => {
  const keys = await Promise.all(Array.from({ length: 6 }, async () => keysOf(await createIdentity())));
  genesis = await createGenesis(keys[0], '{"type":"full-mesh","maxMembers":5}', Date.now());
  people = await Promise.all(keys.map(async (own, at) => ({ keys: own, record: await createMember(own, genesis, 100n, `p${at}`, await issueAdmission(own, genesis, own.card.id, null, Date.now())) })));
});

/** Overlays that are linked at once, with a clock that stands until it is told to go. */
class MeshWorld {
  now = 1_000;
  nodes = new Map();
  random = seeded(7);
  cut = new Set();

  add(person, known) {
    const node = { id: person.record.id, record: person.record, overlay: new FullMeshOverlay(genesis, this.random), said: [], linked: new Set(), wanted: new Set() };
    this.nodes.set(node.id, node);
    node.overlay.start(person.record, known.map(other => ({ card: other.record.card, incarnation: 100n, displayName: '' })), this.now);
    return node;
  }

  async settle() {
    for (let busy = true; busy;) {
      busy = false;
      for (const node of this.nodes.values()) {
        for (let said = node.overlay.take(); said; said = node.overlay.take()) {
          busy = true;
          node.said.push(said);
          await this.carry(node, said);
        }
      }
    }
  }

  async carry(node, said) {
    const other = this.nodes.get(said.card?.id ?? said.member ?? said.to);
    if (said.type === 'connectNeighbour') {
      if (!other || this.isCut(node, other)) return node.overlay.handleFailed(said.card.id, ErrorCode.PeerUnreachable, this.now);
      node.wanted.add(other.id);
      if (other.wanted.has(node.id)) this.open(node, other);
      else other.overlay.handleAsks(node.record, this.now);
    } else if (said.type === 'admitNeighbour') {
      node.wanted.add(other.id);
      if (other.wanted.has(node.id)) this.open(node, other);
    } else if (said.type === 'refuseNeighbour') {
      other.wanted.delete(node.id);
      other.overlay.handleFailed(node.id, said.why, this.now);
    } else if (said.type === 'dropNeighbour') {
      node.linked.delete(said.member);
      node.wanted.delete(said.member);
      if (other?.linked.delete(node.id)) {
        other.wanted.delete(node.id);
        other.overlay.handleDown(node.id, said.reason, this.now);
      }
    } else if (said.type === 'sendControl' && node.linked.has(said.to)) {
      const control = readControl(said.body);
      if (control.is === 'digest') return other.overlay.handleDigest(node.id, control.hash, this.now);
      if (control.is === 'introduction') return other.overlay.handleIntroduction(node.id, control, this.now);
      const records = (await Promise.all(control.members.map(bytes => parseMember(bytes, genesis, Date.now())))).filter(record => !isRefused(record));
      other.overlay.handleList(node.id, records, control.whole, control.members.length - records.length, this.now);
    }
    return undefined;
  }

  open(one, other) {
    if (one.linked.has(other.id)) return;
    one.linked.add(other.id);
    other.linked.add(one.id);
    one.overlay.handleUp(other.record, this.now);
    other.overlay.handleUp(one.record, this.now);
  }

  isCut(one, other) {
    return this.cut.has(one.id) !== this.cut.has(other.id);
  }

  /** Those on one side are not heard on the other any more. */
  part(ids) {
    this.cut = new Set(ids);
    for (const one of this.nodes.values()) {
      for (const other of this.nodes.values()) {
        if (!this.isCut(one, other) || !one.linked.delete(other.id)) continue;
        one.wanted.delete(other.id);
        one.overlay.handleDown(other.id, LeavingReason.ConnectionLost, this.now);
      }
    }
  }

  async pass(milliseconds) {
    const until = this.now + milliseconds;
    await this.settle();
    for (;;) {
      const next = Math.min(...[...this.nodes.values()].map(node => node.overlay.nextDeadline ?? Infinity));
      if (next > until) break;
      this.now = Math.max(this.now + 1, next);
      for (const node of this.nodes.values()) node.overlay.handleDeadline(this.now);
      await this.settle();
    }
    this.now = until;
  }
}

const seenBy = node => node.overlay.members.map(member => member.displayName).sort();
const says = (node, type) => node.said.filter(said => said.type === type);

test('the first is ready at once, and whoever knows one comes to know all', async () => {
  const world = new MeshWorld();
  const first = world.add(people[0], []);
  await world.settle();
  assert.equal(says(first, 'ready').length, 1);
  const second = world.add(people[1], [people[0]]);
  await world.pass(100);
  const third = world.add(people[2], [people[1]]);
  await world.pass(3_000);
  assert.deepEqual([seenBy(first), seenBy(second), seenBy(third)], [['p1', 'p2'], ['p0', 'p2'], ['p0', 'p1']]);
  assert.equal(says(third, 'ready').length, 1);
  assert.equal(says(first, 'joining').length, 2);
});

test('who leaves is gone for all, and lists do not bring it back', async () => {
  const world = new MeshWorld();
  const nodes = people.slice(0, 4).map((person, at) => world.add(person, people.slice(0, at)));
  await world.pass(3_000);
  nodes[3].overlay.leave(LeavingReason.Left);
  await world.settle();
  world.nodes.delete(nodes[3].id);
  await world.pass(20_000);
  for (const node of nodes.slice(0, 3)) {
    assert.equal(seenBy(node).length, 2);
    assert.deepEqual(says(node, 'leaving').map(({ reason }) => reason), [LeavingReason.Left]);
    assert.equal(says(node, 'joining').length, 3);
  }
});

test('two halves of a partition come together again', async () => {
  const world = new MeshWorld();
  const nodes = people.slice(0, 4).map((person, at) => world.add(person, people.slice(0, at)));
  await world.pass(3_000);
  world.part([nodes[0].id, nodes[1].id]);
  await world.pass(20_000);
  assert.deepEqual([seenBy(nodes[0]), seenBy(nodes[2])], [['p1'], ['p3']]);
  world.part([]);
  await world.pass(10_000);
  for (const node of nodes) assert.equal(seenBy(node).length, 3);
});

test('a member that goes offline is tried again, and seen when it is back', async () => {
  const world = new MeshWorld();
  const first = world.add(people[0], []);
  const second = world.add(people[1], [people[0]]);
  await world.pass(2_500);
  second.overlay.leave(LeavingReason.WentOffline);
  await world.settle();
  world.nodes.delete(second.id);
  await world.pass(3_000);
  world.add(people[1], []);
  await world.pass(15_000);
  assert.deepEqual(seenBy(first), ['p1']);
  assert.deepEqual(says(first, 'leaving').map(({ reason }) => reason), [LeavingReason.WentOffline]);
});

test('nobody gets a place where there is none', async () => {
  const world = new MeshWorld();
  const nodes = people.slice(0, 5).map((person, at) => world.add(person, people.slice(0, at)));
  await world.pass(8_000);
  for (const node of nodes) assert.equal(seenBy(node).length, 4);
  const late = world.add(people[5], [people[0]]);
  await world.pass(12_000);
  assert.deepEqual(says(late, 'joinFailed').map(({ why }) => why), [ErrorCode.NetworkFull]);
  for (const node of nodes) assert.equal(seenBy(node).length, 4);
});

test('a join where nobody answers fails in time', async () => {
  const world = new MeshWorld();
  const alone = world.add(people[0], [people[1]]);
  await world.pass(8_500);
  assert.deepEqual(says(alone, 'joinFailed').map(({ why }) => why), [ErrorCode.PeerUnreachable]);
});

test('a restart is told as one, and the newer record wins', async () => {
  const world = new MeshWorld();
  const first = world.add(people[0], []);
  world.add(people[1], [people[0]]);
  await world.pass(3_000);
  const again = await createMember(people[1].keys, genesis, 200n, 'p1 again', people[1].record.admission);
  first.overlay.handleUp(again, world.now);
  await world.settle();
  assert.deepEqual(says(first, 'leaving').map(({ reason }) => reason), [LeavingReason.Restarted]);
  assert.deepEqual(seenBy(first), ['p1 again']);
});

test('what a neighbour passes on for another goes one hop', async () => {
  const world = new MeshWorld();
  const nodes = people.slice(0, 3).map((person, at) => world.add(person, people.slice(0, at)));
  await world.pass(3_000);
  nodes[1].overlay.handleIntroduction(nodes[0].id, { from: nodes[0].id, to: nodes[2].id, sealed: new Uint8Array(3) }, world.now);
  nodes[1].overlay.handleIntroduction(nodes[0].id, { from: nodes[2].id, to: nodes[2].id, sealed: new Uint8Array(3) }, world.now);
  await world.settle();
  assert.deepEqual(says(nodes[2], 'takeIntroduction').map(({ from }) => from), [nodes[0].id]);
});

test('a neighbour that sends what is not valid is cut off, in the end', async () => {
  const world = new MeshWorld();
  const first = world.add(people[0], []);
  const second = world.add(people[1], [people[0]]);
  await world.pass(3_000);
  for (let n = 0; n < 257; n++) first.overlay.handleUnreadable(second.id, world.now);
  await world.settle();
  assert.deepEqual(says(first, 'dropNeighbour').map(({ reason }) => reason), [LeavingReason.ProtocolViolated]);
  await world.pass(30_000);
  assert.deepEqual(seenBy(first), [], 'for a minute it is refused');
});

test('both ends choose the same carrier', () => {
  const candidates = ['c', 'd', 'e', 'f', 'g'].map(letter => letter.repeat(32));
  const [one, other] = ['a'.repeat(32), 'b'.repeat(32)];
  assert.deepEqual(rankCarriers(one, other, candidates), rankCarriers(other, one, [...candidates].reverse()));
  assert.equal(rankCarriers(one, other, candidates).length, 5);
});
