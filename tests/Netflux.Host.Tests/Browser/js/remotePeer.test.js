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
  channel = { readyState: 'open', bufferedAmount: 0, send() {}, close() {}, addEventListener() {} };

  constructor() {
    Connection.made.push(this);
  }

  createDataChannel = () => this.channel;
  createOffer = async () => ({ type: 'offer', sdp: SDP });
  createAnswer = async () => ({ type: 'answer', sdp: SDP });
  setRemoteDescription = async () => {};
  setLocalDescription = async description => { this.localDescription = description; };
  close() {}
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
  peer.takeIntroduction('door', { signal: { connection: randomBytes(8), say: 'offer', offer: SDP }, answerWanted: true, pleaseDial: false, addresses: [] });
  await answered;
  return { peer, said, ended, connection: Connection.made[0] };
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
