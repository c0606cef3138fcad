import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectedPeer } from '../../../../Netflux.Host/wwwroot/netflux/client/connectedPeer.js';
import { LeavingReason } from '../../../../Netflux.Host/wwwroot/netflux/wire/codes.js';
import { FrameFlags, FrameKind } from '../../../../Netflux.Host/wwwroot/netflux/wire/frames.js';
import { A, B, SessionWorld } from './sessionWorld.js';

const KIB_16 = new Uint8Array(16 << 10), ROOM = 15; // so many of them, with 64 bytes for each, are below the 256 KiB that the other side has room for
const turn = () => new Promise(resolve => setTimeout(resolve));

/** A, who has met B; B consumes when it is told to. */
function meet() {
  const world = new SessionWorld();
  const happened = [];
  let told = 0;
  const pump = () => {
    world.settle();
    while (told < world.a.said.length) {
      const said = world.a.said[told++];
      if (said.type === 'sessionBegan') peer.begin();
      else if (said.type === 'sessionEnded') peer.end(said.reason);
      else if (said.network === null) peer.handle(said);
    }
  };
  const act = does => {
    const result = does(world.a.session, world.now);
    pump();
    return result;
  };
  const peer = new ConnectedPeer({ id: B, name: 'b', act }, () => false);
  peer.addEventListener('peerDisconnected', event => happened.push(event.detail.reason));
  peer.onMessage(({ text }) => happened.push(text));
  world.a.consumes = world.b.consumes = false;
  for (const side of [world.a, world.b]) side.session.keepOpen(true, world.now);
  world.link();
  pump();
  /** What becomes of each message. */
  const send = (count, options) => Array.from({ length: count }, () => {
    const message = { is: 'waiting' };
    peer.send(KIB_16, options).then(() => { message.is = 'accepted'; }, error => { message.is = error.code; });
    return message;
  });
  return { world, peer, pump, send, happened };
}

test('a message waits while the other side has no room, and goes when it has', async () => {
  const { world, pump, send } = meet();
  const messages = send(ROOM + 2);
  await turn();
  assert.deepEqual(messages.map(message => message.is), [...Array(ROOM).fill('accepted'), 'waiting', 'waiting']);
  assert.equal(world.b.received.length, ROOM);
  world.b.session.consume(null, 1, world.now);
  world.pass(50); // credit that is small goes with what else goes, or after a moment
  pump();
  await turn();
  assert.deepEqual([messages[ROOM].is, messages[ROOM + 1].is, world.b.received.length], ['accepted', 'waiting', ROOM + 1]);
  world.b.session.consume(null, ROOM + 1, world.now);
  pump();
  await turn();
  assert.deepEqual([messages[ROOM + 1].is, world.b.received.length], ['accepted', ROOM + 2]);
});

test('a confirmed message is over when the other side has consumed it', async () => {
  const { world, pump, send } = meet();
  const [message] = send(1, { confirm: true });
  await turn();
  assert.deepEqual([message.is, world.b.received.length], ['waiting', 1]);
  world.b.session.consume(null, 1, world.now);
  pump();
  await turn();
  assert.equal(message.is, 'accepted');
});

test('who waits when the peer goes is told so, and so is who comes then', async () => {
  const { world, pump, send, happened } = meet();
  const messages = send(ROOM + 1);
  world.b.session.end(LeavingReason.Disconnected, world.now);
  pump();
  const [late] = send(1);
  await turn();
  assert.deepEqual([messages[ROOM - 1].is, messages[ROOM].is, late.is, happened], ['accepted', 'unknownPeer', 'unknownPeer', ['disconnected']]);
});

test('what was accepted goes before the connection is ended, and what waits does not', async () => {
  const { world, peer, send, happened } = meet();
  const messages = send(ROOM + 1);
  peer.disconnect();
  await turn();
  assert.deepEqual([messages[ROOM - 1].is, messages[ROOM].is, world.b.received.length, happened], ['accepted', 'unknownPeer', ROOM, ['disconnected']]);
});

test('a peer that has restarted has all its room again, and is not told to be gone', async () => {
  const { world, pump, send, happened } = meet();
  send(ROOM);
  world.link(B, { incarnations: { [A]: 1n, [B]: 2n } });
  pump();
  const messages = send(ROOM + 1);
  await turn();
  assert.deepEqual([messages[ROOM - 1].is, messages[ROOM].is, happened], ['accepted', 'waiting', []]);
});

test('what comes is told, and the other side has room again', () => {
  const { world, pump, happened } = meet();
  for (let n = 0; n < 2 * ROOM; n++) {
    assert.ok(world.b.session.trySend(null, FrameKind.Message, FrameFlags.None, KIB_16, world.now));
    pump();
    world.pass(50);
    pump();
  }
  assert.equal(happened.length, 2 * ROOM);
});
