import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetfluxClient } from '../../../../Netflux.Host/wwwroot/netflux/client/netfluxClient.js';

const TOKEN = 'abc+/~.-_0123456789==';

/** A server that refuses every WebSocket, and answers what a page asks it with this status. */
async function refused(status, { token, address = 'lobby', headers = {} } = {}) {
  const [dialled, asked] = [[], []];
  globalThis.WebSocket = class {
    static OPEN = 1;
    constructor(url, protocols) {
      dialled.push({ url, protocols });
      queueMicrotask(() => this.onclose({ code: 1006, reason: '' }));
    }
    close() {}
  };
  globalThis.fetch = async (url, { headers: sent }) => {
    asked.push({ url, authorization: sent.get('authorization') });
    if (status === null) throw new TypeError('Failed to fetch');
    return new Response('', { status, headers });
  };
  const client = await NetfluxClient.start({ name: 'ann', server: 'http://server.test:8400', token });
  const error = await client.join(address).then(() => null, failure => failure);
  client.goOffline();
  return { error, dialled, asked };
}

test('a token goes as a subprotocol, to its server alone', async () => {
  const { dialled } = await refused(404, { token: TOKEN });
  assert.deepEqual(dialled, [{ url: 'ws://server.test:8400/netflux/signal', protocols: ['netflux.v1', `netflux.bearer.${Buffer.from(TOKEN).toString('base64url')}`] }]);
  assert.deepEqual((await refused(404, { token: TOKEN, address: 'ws://other.test:8400/net/lobby' })).dialled, [{ url: 'ws://other.test:8400/netflux/signal', protocols: [] }]);
  assert.deepEqual((await refused(404)).dialled, [{ url: 'ws://server.test:8400/netflux/signal', protocols: [] }]);
});

test('a refusal is told apart from a server that is not there, and never says the token', async () => {
  const [none, wrong] = [await refused(401), await refused(401, { token: TOKEN })];
  assert.deepEqual([none.error.code, wrong.error.code], ['accessDenied', 'accessDenied']);
  assert.match(none.error.message, /asks for an access token/);
  assert.match(wrong.error.message, /does not take this access token/);
  assert.ok(!wrong.error.message.includes(TOKEN));
  assert.deepEqual([none.asked, wrong.asked], [[{ url: 'http://server.test:8400/netflux/signal', authorization: null }], [{ url: 'http://server.test:8400/netflux/signal', authorization: `Bearer ${TOKEN}` }]]);
  assert.equal((await refused(403, { token: TOKEN })).error.code, 'accessDenied');
  assert.equal((await refused(429, { headers: { 'retry-after': '3' } })).error.code, 'serverBusy');
  assert.equal((await refused(426)).error.code, 'serverUnreachable');
  assert.equal((await refused(null)).error.code, 'serverUnreachable');
});

test('what is no token is refused at once', async () => {
  for (const token of ['', 'two words', 'a\r\nb', 'ä']) await assert.rejects(NetfluxClient.start({ name: 'ann', server: 'http://server.test', token }), { code: 'invalidOptions' });
});
