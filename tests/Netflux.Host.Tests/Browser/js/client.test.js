import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendQueue } from '../../../../Netflux.Host/wwwroot/netflux/client/sendQueue.js';
import { LinkSearch } from '../../../../Netflux.Host/wwwroot/netflux/links/linkSearch.js';
import { mayDial } from '../../../../Netflux.Host/wwwroot/netflux/links/webSocketLink.js';

// ---- The queue of what users send ----

function queueOf(windows) {
  const handed = [];
  const queue = new SendQueue((to, _flags, payload) => handed.push(`${to}${payload.length}`), 5_000);
  for (const [member, window] of Object.entries(windows)) queue.openMember(member, window);
  const send = (to, length, at = 0, confirm = false) => {
    const message = { isAccepted: false, undelivered: null };
    queue.send({ to, flags: 0, payload: new Uint8Array(length), confirm, accepted: () => { message.isAccepted = true; }, done: undelivered => { message.undelivered = undelivered; } }, at);
    return message;
  };
  return { queue, handed, send };
}

test('a message goes when every receiver has room, and the order stays', () => {
  const { queue, handed, send } = queueOf({ a: 300, b: 1_000 });
  send(['a', 'b'], 100);
  const second = send(['a', 'b'], 101);
  send(['b'], 5);
  assert.deepEqual(handed, ['a100', 'b100']);
  assert.ok(!second.isAccepted);
  queue.handleCredit('a', 1, 164, 10);
  assert.deepEqual(handed, ['a100', 'b100', 'a101', 'b101', 'b5']);
});

test('who holds up the others for longer than the grace is named', () => {
  const { queue, send } = queueOf({ a: 300, b: 1_000 });
  send(['a', 'b'], 200);
  send(['a', 'b'], 200, 1_000);
  assert.deepEqual(queue.slowMembers(5_999), []);
  assert.deepEqual([queue.nextDeadline, queue.slowMembers(6_000)], [6_000, ['a']]);
  queue.closeMember('a', 6_000);
  assert.equal(queue.nextDeadline, null);
});

test('a confirmed message is done when all have consumed it, or are gone', () => {
  const { queue, send } = queueOf({ a: 1_000, b: 1_000 });
  const message = send(['a', 'b'], 10, 0, true);
  queue.handleCredit('a', 1, 74, 1);
  assert.equal(message.undelivered, null);
  queue.closeMember('b', 2);
  assert.deepEqual(message.undelivered, ['b']);
});

// ---- The search for a link ----

const REMOTE = 'r'.repeat(32);
const takeAll = search => {
  const said = [];
  for (let next = search.take(); next; next = search.take()) said.push(next.type === 'dial' ? next.address : next.type === 'introduce' ? `introduce${next.pleaseDial ? ' please dial' : ''}` : next.type);
  return said;
};
const searchWith = (...addresses) => {
  const search = new LinkSearch(REMOTE, () => 0.5);
  search.setIntroducers(['door'], 0);
  search.learn(addresses, 0);
  search.start(0);
  return search;
};

test('what listens is dialled, one after the other', () => {
  const search = searchWith('one', 'two');
  assert.deepEqual(takeAll(search), ['one']);
  search.handleDeadline(250);
  assert.deepEqual(takeAll(search), ['two']);
});

test('where all dials fail, an introduction says so and carries the offer', () => {
  const search = searchWith('one');
  takeAll(search);
  search.dialFailed('one', 20);
  assert.deepEqual(takeAll(search), ['introduce please dial']);
});

test('where there is nothing to dial, the introduction goes at once', () => assert.deepEqual(takeAll(searchWith()), ['introduce']));

test('an introduction that nobody answers is sent again, and the round is told to have failed', () => {
  const search = searchWith();
  takeAll(search);
  const said = [];
  for (let at = 0; at <= 11_000; at += 50) {
    search.handleDeadline(at);
    said.push(...takeAll(search));
  }
  assert.deepEqual(said.filter(what => what === 'searchFailed').length, 2);
  assert.ok(said.filter(what => what === 'introduce').length >= 3);
  search.stop();
  assert.equal(search.nextDeadline, null);
});

test('an offer is answered where the asker does not listen; where it does, it is dialled', () => {
  const received = { through: 'door', answerWanted: true, pleaseDial: false, hasOffer: true, hasAnswer: false, needed: true };
  const silent = new LinkSearch(REMOTE, () => 0.5);
  silent.onIntroduction({ ...received, addresses: [] }, 0);
  assert.deepEqual(takeAll(silent), ['answerOffer']);
  const listening = new LinkSearch(REMOTE, () => 0.5);
  listening.onIntroduction({ ...received, addresses: ['one'] }, 0);
  assert.deepEqual(takeAll(listening), ['introduce', 'one']);
});

test('who listens where we may not dial is told so, and answers the offer then', () => {
  const search = searchWith();
  takeAll(search);
  search.onIntroduction({ through: 'door', answerWanted: false, pleaseDial: true, addresses: [], hasOffer: false, hasAnswer: false, needed: true }, 100);
  assert.deepEqual(takeAll(search), ['introduce please dial']);
});

test('introductions beyond the limit are not heeded', () => {
  const search = new LinkSearch(REMOTE, () => 0.5);
  for (let n = 0; n < 50; n++) search.onIntroduction({ through: 'door', answerWanted: true, pleaseDial: false, addresses: [], hasOffer: true, hasAnswer: false, needed: true }, 0);
  assert.equal(takeAll(search).length, 8);
});

test('only links are dialled, and from https only what browsers let through', () => {
  assert.ok(mayDial('ws://10.0.0.1:4000/netflux/link', 'http:'));
  assert.ok(mayDial('wss://example.org/netflux/link', 'https:'));
  assert.ok(mayDial('ws://127.0.0.1:4000/netflux/link', 'https:'));
  for (const address of ['ws://10.0.0.1:4000/netflux/link']) assert.ok(!mayDial(address, 'https:'), address);
  for (const address of ['ws://10.0.0.1/other', 'http://10.0.0.1/netflux/link', 'ws://u:p@10.0.0.1/netflux/link', 'nonsense', 'ws://10.0.0.1/netflux/link?x']) assert.ok(!mayDial(address, 'http:'), address);
});
