import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes } from '../../../../Netflux.Host/wwwroot/netflux/bytes.js';
import { RemotePeer } from '../../../../Netflux.Host/wwwroot/netflux/client/remotePeer.js';
import { createIdentity, keysOf } from '../../../../Netflux.Host/wwwroot/netflux/identity/keys.js';

const SDP = `v=0\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`;
const turn = () => new Promise(resolve => setTimeout(resolve));

/** Stands in for the browser's: whoever has described it opens and closes its channel. */
class Connection {
  static made = [];
  connectionState = 'connected';
  iceGatheringState = 'complete';
  signalingState = 'stable';
  sent = [];
  isClosed = false;
  taken = [];
  channel = { readyState: 'open', bufferedAmount: 0, send: message => { this.sent.push(message); }, close() {}, addEventListener() {} };

  constructor() {
    Connection.made.push(this);
  }

  createDataChannel = () => this.channel;
  createOffer = async () => ({ type: 'offer', sdp: SDP });
  createAnswer = async () => ({ type: 'answer', sdp: SDP });
  setRemoteDescription = async () => {};
  setLocalDescription = async description => { this.localDescription = description; };
  addIceCandidate = async ({ candidate }) => { this.taken.push(candidate); };
  close() { this.isClosed = true; }
}

/** @param t the test, which ends with the peer */
async function peerThatOffers(t) {
  globalThis.RTCPeerConnection = Connection;
  Connection.made = [];
  const [self, other] = [keysOf(await createIdentity()), keysOf(await createIdentity())];
  const context = { keys: self, displayName: 'self', incarnation: { current: 1n, raiseAbove() {} }, rtc: {} };
  const said = [], ended = [];
  const peer = new RemotePeer(other.card.id, context, { carry() {}, unreachable() {}, linksChanged() {}, attemptEnded: from => ended.push(from.isLinking) });
  t.after(() => peer.stop());
  const answered = new Promise(resolve => peer.setIntroducer('door', async say => { said.push(say); resolve(undefined); return true; }));
  const connection = randomBytes(8);
  const introduce = signal => peer.takeIntroduction('door', { signal: { connection, ...signal }, answerWanted: signal.say === 'offer', pleaseDial: false, addresses: [] });
  introduce({ say: 'offer', offer: SDP });
  introduce({ say: 'candidates', candidates: { lines: ['candidate:early'], last: false } });
  await answered;
  return { peer, said, ended, introduce, connection: Connection.made[0] };
}

test('a peer whose data channel has opened is being linked until the handshake ends', async t => {
  const { peer, said, ended, connection } = await peerThatOffers(t);
  assert.equal(said[0].signal.say, 'answer');
  connection.channel.onopen();
  await turn();
  assert.deepEqual([peer.isLinking, peer.links.length, ended], [true, 0, []]);
  connection.channel.onclose();
  await turn();
  assert.deepEqual([peer.isLinking, ended], [false, [false]]);
});

test('while a link is being proven no other data channel is offered', async t => {
  const { peer, said, connection } = await peerThatOffers(t);
  connection.channel.onopen();
  await turn();
  peer.act((session, at) => session.keepOpen(true, at)); // so that a link is looked for
  await turn();
  assert.deepEqual([said.length, said.at(-1).signal, Connection.made.length], [2, null, 1]);
  connection.channel.onclose();
});

test('candidates are taken that come while an offer is being answered', async t => {
  const { introduce, connection } = await peerThatOffers(t);
  introduce({ say: 'candidates', candidates: { lines: ['candidate:later'], last: true } });
  await turn();
  assert.deepEqual(connection.taken, ['candidate:early', 'candidate:later']);
});

test('the last message of a data channel says why it closes', async t => {
  const { ended, connection } = await peerThatOffers(t);
  connection.channel.onopen();
  await turn();
  connection.channel.onmessage({ data: '4025 The peer stops.' });
  await turn();
  assert.deepEqual([ended, connection.sent.filter(message => typeof message === 'string')], [[false], []]);
  connection.channel.onclose();
  assert.equal(connection.isClosed, true);
});

test('text that says nothing of the kind breaks the protocol, which is the last message', async t => {
  const { ended, connection } = await peerThatOffers(t);
  connection.channel.onopen();
  await turn();
  connection.channel.onmessage({ data: 'hello' });
  await turn();
  assert.deepEqual([ended, connection.sent.at(-1)], [[false], '4021 Text came that does not close the link.']);
  connection.channel.onclose();
});
