// Headless Chromium, driven over the pipe of its DevTools protocol. One browser with one page per peer.
// --mdns leaves host addresses hidden behind .local names, as a page sees them that has no permission for a camera.
import { emit, serve } from './lines.mjs';
import { out, pageSource, startBrowser } from './browser.mjs';

const hidesAddresses = process.argv.includes('--mdns');
const { browser, end } = startBrowser('chromium', (profile) => [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ...(hidesAddresses ? [] : ['--disable-features=WebRtcHideLocalIpsWithMdns']),
  '--js-flags=--expose-gc', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank',
], ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']);
const [, , , toBrowser, fromBrowser] = browser.stdio;

let asked = 0;
const waiting = new Map();
function ask(method, params = {}, sessionId = undefined) {
  const id = ++asked;
  toBrowser.write(JSON.stringify({ id, method, params, sessionId }) + '\0');
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

let rest = '';
fromBrowser.setEncoding('utf8').on('data', (data) => {
  const messages = (rest + data).split('\0');
  rest = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    if (message.method === 'Runtime.bindingCalled') out(message.params.payload);
    if (message.method === 'Inspector.targetCrashed') emit({ ev: 'error', msg: 'the page has crashed' });
    const { resolve, reject } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.error) reject?.(new Error(message.error.message));
    else resolve?.(message.result);
  }
});
toBrowser.on('error', () => end(1));

const { targetInfos } = await ask('Target.getTargets');
const { sessionId } = await ask('Target.attachToTarget', { targetId: targetInfos.find(({ type }) => type === 'page').targetId, flatten: true });
await ask('Runtime.enable', {}, sessionId);
await ask('Runtime.addBinding', { name: 'say' }, sessionId);
await ask('Runtime.evaluate', { expression: `globalThis.peer = (${pageSource})(say); undefined` }, sessionId);
serve((command) => void ask('Runtime.evaluate', { expression: `void peer(${JSON.stringify(command)})` }, sessionId).catch((error) => emit({ ev: 'error', id: command.id, msg: String(error) })), () => end(0));
emit({ ev: 'ready' });
