import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes, textOf, utf8 } from '../../../../Netflux.Host/wwwroot/netflux/bytes.js';
import { LinkSearch } from '../../../../Netflux.Host/wwwroot/netflux/links/linkSearch.js';
import { RelayEnds } from '../../../../Netflux.Host/wwwroot/netflux/relays/relayEnds.js';
import { readRelay, RelayStep, writeRelay } from '../../../../Netflux.Host/wwwroot/netflux/relays/relayFrame.js';
import { CloseCode } from '../../../../Netflux.Host/wwwroot/netflux/wire/codes.js';

const A = 'a'.repeat(32), B = 'b'.repeat(32), CARRIER = 'c'.repeat(32);

test('a header is written and read, and every truncation is dropped', () => {
  const frame = { step: RelayStep.Read, fromCarrier: true, fromOpener: false, farEnd: B, circuit: 7n, amount: 300n };
  const bytes = writeRelay(frame);
  assert.deepEqual({ ...readRelay(bytes), message: null }, { ...frame, message: null });
  assert.equal(bytes.length, 38);
  for (let length = 0; length < bytes.length; length++) assert.equal(readRelay(bytes.subarray(0, length)), null);
  for (const wrong of [[0, 1], [6, 1], [1, 4]]) assert.equal(readRelay(Uint8Array.of(...wrong, ...bytes.subarray(2))), null);
  assert.equal(readRelay(Uint8Array.of(...bytes, 1)), null, 'a message where none belongs');
});

/** Two ends, and a carrier that turns the flag around and passes everything on, or what a test lets it. */
class RelayWorld {
  ends = { [A]: new RelayEnds(A, () => true), [B]: new RelayEnds(B, () => true) };
  said = { [A]: [], [B]: [] };

  settle(pass = frame => frame) {
    for (let busy = true; busy;) {
      busy = false;
      for (const id of [A, B]) {
        for (let said = this.ends[id].take(); said; said = this.ends[id].take()) {
          busy = true;
          if (said.type !== 'send') {
            this.said[id].push(said);
            continue;
          }
          assert.equal(said.to, CARRIER);
          const { message, ...header } = readRelay(said.body);
          const frame = pass({ ...header, fromCarrier: true, farEnd: id }, header.farEnd);
          if (frame) this.ends[header.farEnd]?.onFrame(CARRIER, writeRelay(frame, message));
        }
      }
    }
  }

  open() {
    this.ends[A].open(B, CARRIER, 0);
    this.settle();
    const [a, b] = [A, B].map(id => this.said[id].find(said => said.type === 'opened'));
    assert.deepEqual([a.role, a.peer, b.role, b.peer], ['dialler', B, 'listener', A]);
    return [a.circuit, b.circuit];
  }

  received(id) {
    return this.said[id].filter(said => said.type === 'received').map(said => said.message);
  }

  closed(id) {
    return this.said[id].filter(said => said.type === 'closed').map(said => said.code);
  }
}

test('a circuit is opened, carries both ways, and is closed for both', () => {
  const world = new RelayWorld();
  const [a, b] = world.open();
  world.ends[A].write(a, utf8('to b'));
  world.ends[B].write(b, utf8('to a'));
  world.settle();
  assert.deepEqual([world.received(B).map(textOf), world.received(A).map(textOf)], [['to b'], ['to a']]);
  world.ends[A].close(a, CloseCode.Done);
  world.settle();
  assert.deepEqual([world.closed(A), world.closed(B)], [[CloseCode.Done], [CloseCode.Done]]);
});

test('a writer stops at the window and goes on when the far end has read', () => {
  const world = new RelayWorld();
  const [a, b] = world.open();
  for (let n = 0; n < 20; n++) world.ends[A].write(a, new Uint8Array(32 << 10));
  world.settle();
  assert.equal(world.received(B).length, 7, '256 KiB hold seven of 32 KiB and 64');
  for (let n = 0; n < 7; n++) world.ends[B].read(b, 32 << 10);
  world.settle();
  assert.ok(world.received(B).length > 7);
});

test('a carrier that passes on more than was granted is cut off', () => {
  const world = new RelayWorld();
  const [, b] = world.open();
  const flood = writeRelay({ step: RelayStep.Data, fromCarrier: true, fromOpener: true, farEnd: A, circuit: 1n, amount: 0n }, new Uint8Array(60 << 10));
  for (let n = 0; n < 5; n++) world.ends[B].onFrame(CARRIER, flood);
  world.settle();
  assert.deepEqual([world.closed(B), b], [[CloseCode.Flooding], b]);
});

test('one that nobody answers is given up in time', () => {
  const world = new RelayWorld();
  world.ends[A].open(B, CARRIER, 0);
  world.settle(() => null);
  assert.equal(world.ends[A].nextDeadline, 2_000);
  world.ends[A].handleDeadline(2_000);
  world.settle(() => null);
  assert.deepEqual(world.closed(A), [CloseCode.RelayClosed]);
});

test('a page does not carry, and is carried by those alone that are linked directly', () => {
  const ends = new RelayEnds(A, () => false);
  ends.onFrame(CARRIER, writeRelay({ step: RelayStep.Open, fromCarrier: false, fromOpener: true, farEnd: B, circuit: 9n, amount: 0n }));
  const refusal = readRelay(ends.take().body);
  assert.deepEqual([refusal.step, refusal.fromCarrier, refusal.fromOpener, refusal.circuit, refusal.amount], [RelayStep.Close, true, false, 9n, BigInt(CloseCode.RelayClosed)]);
  ends.open(B, CARRIER, 0);
  assert.equal(ends.take().type, 'closed');
});

test('random frames never make the ends throw', () => {
  const world = new RelayWorld();
  world.open();
  for (let n = 0; n < 2_000; n++) {
    const body = randomBytes(30 + (n % 40));
    [body[0], body[1]] = [1 + (n % 5), n % 4];
    world.ends[A].onFrame(CARRIER, body);
    world.ends[A].take();
  }
});

// ---- When a search asks members to relay ----

const takeAll = search => {
  const said = [];
  for (let next = search.take(); next; next = search.take()) said.push(next.type);
  return said;
};

test('members are asked to relay when introductions have had their time', () => {
  const search = new LinkSearch(B, () => 0.5);
  search.setIntroducers(['door'], 0);
  search.setCarriers(['network carrier'], 0);
  search.start(0);
  assert.deepEqual(takeAll(search), ['introduce']);
  search.handleDeadline(1_999);
  assert.deepEqual(takeAll(search), []);
  search.handleDeadline(2_000);
  assert.deepEqual(takeAll(search), ['openRelay']);
});

test('over a relayed link a direct one is looked for, ever more seldom', () => {
  const search = new LinkSearch(B, () => 0.5);
  search.setIntroducers(['door'], 0);
  search.start(0);
  takeAll(search);
  search.stop(true, 1_000);
  const at = [];
  for (let now = 1_000; now < 100_000; now += 100) {
    search.handleDeadline(now);
    if (takeAll(search).includes('introduce')) at.push(now);
  }
  assert.deepEqual(at, [6_000, 16_000, 36_000, 76_000]);
  search.setRelayed(false, 100_000);
  assert.equal(search.nextDeadline, null);
});
