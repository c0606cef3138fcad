import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf, u64, utf8 } from '../../../../Netflux.Host/wwwroot/netflux/bytes.js';
import { CloseCode, LeavingReason } from '../../../../Netflux.Host/wwwroot/netflux/wire/codes.js';
import { FrameKind, HEADER_BYTES, writeHeader } from '../../../../Netflux.Host/wwwroot/netflux/wire/frames.js';
import { A, B, NET, seeded, SessionWorld } from './sessionWorld.js';

const texts = side => side.received.map(textOf);

test('messages arrive once and in order, both ways', () => {
  const world = new SessionWorld();
  world.link();
  world.attach();
  for (let n = 0; n < 500; n++) {
    world.send(world.a, utf8(`a${n}`));
    world.send(world.b, utf8(`b${n}`));
  }
  world.settle();
  assert.deepEqual(texts(world.b), Array.from({ length: 500 }, (_, n) => `a${n}`));
  assert.deepEqual(texts(world.a), Array.from({ length: 500 }, (_, n) => `b${n}`));
});

test('a message of 300,000 bytes waits for its grant and is put together', () => {
  const world = new SessionWorld();
  world.link();
  world.attach();
  const large = new Uint8Array(300_000).map((_, at) => at * 31);
  world.send(world.a, large);
  world.send(world.a, utf8('behind it'));
  world.settle();
  assert.deepEqual([world.b.received[0].length, textOf(world.b.received[1])], [300_000, 'behind it']);
  assert.deepEqual(world.b.received[0], large);
});

test('whatever link is cut, and wherever, nothing is lost and nothing doubled', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed);
    const world = new SessionWorld();
    world.link();
    world.attach();
    let sent = 0;
    for (let round = 0; round < 20; round++) {
      for (let n = 0; n < 8; n++) {
        world.send(world.a, utf8(`${sent}`.padEnd(1 + Math.floor(random() * 20_000))));
        world.send(world.b, utf8(`${sent++}`));
      }
      // One cut in the midst of what is on its way, by either side's next link.
      let countdown = Math.floor(random() * 12);
      world.settle(link => { if (countdown-- === 0) world.cut(link); });
      if (random() < 0.3) world.pass(random() * 3_000);
      if (![...world.links.values()].some(link => link.alive) || random() < 0.2) world.link(random() < 0.5 ? A : B);
    }
    world.link();
    world.pass(6_000);
    const numbers = side => side.received.map(bytes => Number(textOf(bytes)));
    const all = Array.from({ length: sent }, (_, n) => n);
    assert.deepEqual([numbers(world.a), numbers(world.b)], [all, all], `seed ${seed}`);
    assert.ok(!world.a.says('sessionEnded') && !world.b.says('sessionEnded'), `seed ${seed}`);
  }
});

test('a receiver that does not consume holds the sender, and lets it go again', () => {
  const world = new SessionWorld();
  world.link();
  world.attach(4_096);
  world.b.consumes = false;
  for (let n = 0; n < 100; n++) world.send(world.a, new Uint8Array(192));
  world.settle();
  assert.equal(world.b.received.length, 16, '4,096 of cost, 256 for each message');
  world.b.consumeAll(world);
  world.settle();
  assert.equal(world.b.received.length, 100);
});

test('a silent peer is suspected after 5 s, and given up after 13', () => {
  const world = new SessionWorld();
  const link = world.link();
  world.attach();
  link.blackHole = true;
  world.pass(4_900);
  assert.ok(!world.a.says('sessionSuspected'));
  world.pass(200);
  assert.ok(world.a.says('sessionSuspected') && world.a.says('findLink'));
  world.pass(7_800);
  assert.ok(!world.a.says('sessionEnded'));
  world.pass(200);
  assert.deepEqual([world.a.says('sessionEnded').reason, world.a.says('channelClosed').reason], [LeavingReason.ConnectionLost, LeavingReason.ConnectionLost]);
});

test('a suspected peer that is heard again by another link loses nothing', () => {
  const world = new SessionWorld();
  const link = world.link();
  world.attach();
  link.blackHole = true;
  world.send(world.a, utf8('into the hole'));
  world.pass(7_000);
  world.link(B);
  world.pass(2_000);
  assert.deepEqual(texts(world.b), ['into the hole']);
  assert.ok(world.a.says('sessionRecovered') && !world.a.says('sessionEnded'));
});

test('a page that slept asks before it judges', () => {
  const world = new SessionWorld();
  world.link();
  world.attach();
  world.now += 60_000; // hidden: no timer rang
  world.a.session.handleDeadline(world.now);
  world.settle();
  world.pass(1_000);
  assert.ok(!world.a.says('sessionSuspected') && !world.a.says('sessionEnded'));
});

test('a peer that restarts ends the old session and begins another', () => {
  const world = new SessionWorld();
  world.link();
  world.attach();
  world.b.session = new (world.b.session.constructor)(B, () => 2n, A);
  world.link(B, { incarnations: { [A]: 1n, [B]: 2n } });
  world.settle();
  assert.equal(world.a.says('sessionEnded').reason, LeavingReason.Restarted);
  assert.equal(world.a.said.filter(said => said.type === 'sessionBegan').length, 2);
});

test('an older incarnation is told that it was replaced', () => {
  const world = new SessionWorld();
  world.link(A, { incarnations: { [A]: 1n, [B]: 5n } });
  const link = world.link(A, { incarnations: { [A]: 1n, [B]: 4n } });
  world.a.drain(world);
  assert.deepEqual(world.a.said.filter(said => said.type === 'closeLink').map(({ link, code, seen }) => [link, code, seen]), [[link.id, CloseCode.Replaced, 5n]]);
});

test('leaving a network lets go what was sent before, and can be followed by attaching anew', () => {
  const world = new SessionWorld();
  world.link();
  world.attach();
  for (let n = 0; n < 50; n++) world.send(world.a, utf8(`${n}`));
  world.a.session.detach(NET, LeavingReason.Left, world.now);
  world.settle();
  assert.equal(world.b.received.length, 50);
  assert.equal(world.b.says('channelClosed').reason, LeavingReason.Left);
  world.b.said.length = world.a.said.length = 0;
  world.attach();
  world.send(world.b, utf8('again'));
  world.settle();
  assert.deepEqual(texts(world.a), ['again']);
});

test('a session without a network ends itself after a while, in order', () => {
  const world = new SessionWorld();
  world.link();
  world.pass(9_000);
  assert.ok(!world.a.says('sessionEnded'));
  world.pass(4_000);
  assert.deepEqual([world.a.says('sessionEnded').reason, world.b.says('sessionEnded').reason], [LeavingReason.Left, LeavingReason.Left]);
});

test('a join request is asked and answered', () => {
  const world = new SessionWorld();
  world.link();
  world.attach();
  world.a.session.offerInvitation(7n, utf8('invitation'), world.now);
  world.settle();
  const { id, invitation } = world.b.says('invitationReceived');
  assert.equal(textOf(invitation), 'invitation');
  world.b.session.answerInvitation(id, null, '', world.now);
  world.settle();
  assert.deepEqual([world.a.says('invitationAnswered').id, world.a.says('invitationAnswered').reason], [7n, null]);
});

// ---- What breaks the rules ends the session, and nothing throws ----

function record(...frames) {
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + HEADER_BYTES + (frame.body?.length ?? 0), 0));
  let at = 0;
  for (const { kind, flags = 0, channel = 0, sequence = 0, body = new Uint8Array(0), length = body.length } of frames) {
    writeHeader(bytes, at, { kind, flags, channel, length, sequence });
    bytes.set(body, at + HEADER_BYTES);
    at += HEADER_BYTES + body.length;
  }
  return bytes;
}

for (const [what, code, bytes] of [
  ['a gap in the numbers', CloseCode.ProtocolViolated, record({ kind: FrameKind.End, sequence: 900 })],
  ['a number on an unnumbered frame', CloseCode.ProtocolViolated, record({ kind: FrameKind.Ping, sequence: 5, body: u64(1) })],
  ['an acknowledgement of what was never sent', CloseCode.ProtocolViolated, record({ kind: FrameKind.Ack, body: u64(1_000_000) })],
  ['a header that is cut short', CloseCode.ProtocolViolated, new Uint8Array(7).fill(0x40)],
  ['a frame above the limit of its kind', CloseCode.TooLarge, record({ kind: FrameKind.Message, sequence: 2, length: 70_000 })],
  ['a flood of unnumbered frames', CloseCode.Flooding, record(...Array.from({ length: 40 }, () => ({ kind: FrameKind.Ping, body: u64(1) })))],
  ['a malformed attachment', CloseCode.ProtocolViolated, record({ kind: FrameKind.Attach, sequence: 2, body: utf8('nonsense') })],
]) {
  test(`cut off: ${what}`, () => {
    const world = new SessionWorld();
    const link = world.link();
    world.attach();
    world.a.session.handleRecord(link.id, bytes, world.now);
    world.a.drain(world);
    assert.equal(world.a.says('sessionEnded').reason, LeavingReason.ProtocolViolated);
    assert.equal(world.a.says('closeLink').code, code);
  });
}

test('a kind of a later version is skipped where it says so, and refused where not', () => {
  const world = new SessionWorld();
  const link = world.link();
  world.attach();
  world.a.session.handleRecord(link.id, record({ kind: 0x9f }, { kind: 0x1f }), world.now);
  world.settle();
  assert.ok(!world.a.says('sessionEnded'));
});

test('random records never make the session throw', () => {
  const random = seeded(4);
  for (let round = 0; round < 500; round++) {
    const world = new SessionWorld();
    const link = world.link();
    world.settle();
    const kinds = Object.values(FrameKind);
    const frames = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, n) => ({
      kind: kinds[Math.floor(random() * kinds.length)], flags: Math.floor(random() * 8), channel: Math.floor(random() * 3), sequence: random() < 0.5 ? n + 1 : 0,
      body: new Uint8Array(Math.floor(random() * 40)).map(() => random() * 256),
    }));
    world.a.session.handleRecord(link.id, record(...frames), world.now);
    world.pass(100);
  }
});
