// Headless Firefox, driven over WebDriver BiDi, which it speaks by itself. One browser with one page per peer.
// --mdns leaves host addresses hidden behind .local names, as a page sees them that has no permission for a camera.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { emit, serve } from './lines.mjs';
import { out, pageSource, startBrowser } from './browser.mjs';

const settings = {
  'media.peerconnection.ice.obfuscate_host_addresses': process.argv.includes('--mdns'),
  'privacy.reduceTimerPrecision': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
};
const { browser, end } = startBrowser('firefox-esr', (profile) => {
  writeFileSync(join(profile, 'user.js'), Object.entries(settings).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
  return ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'];
}, ['ignore', 'ignore', 'pipe']);

const address = await new Promise((resolve) => {
  createInterface({ input: browser.stderr }).on('line', (line) => {
    const [, found] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
    if (found) resolve(found);
  });
});
const socket = new WebSocket(`${address}/session`);
await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));

let asked = 0;
const waiting = new Map();
function ask(method, params = {}) {
  const id = ++asked;
  socket.send(JSON.stringify({ id, method, params }));
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}
socket.on('close', () => end(1)).on('message', (data) => {
  const message = JSON.parse(data);
  if (message.method === 'script.message') out(message.params.data.value);
  const { resolve, reject } = waiting.get(message.id) ?? {};
  waiting.delete(message.id);
  if (message.type === 'error') reject?.(new Error(message.message));
  else resolve?.(message.result);
});

// A page of http on loopback: about:blank is the browser's own.
const site = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><title>peer</title>'));
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
await ask('session.new', { capabilities: {} });
await ask('session.subscribe', { events: ['script.message'] });
const { contexts } = await ask('browsingContext.getTree');
const { context } = contexts[0];
await ask('browsingContext.navigate', { context, url: `http://127.0.0.1:${site.address().port}/`, wait: 'complete' });
const target = { context };
const started = await ask('script.callFunction', {
  functionDeclaration: `(say) => { globalThis.peer = (${pageSource})(say); }`, arguments: [{ type: 'channel', value: { channel: 'events' } }], awaitPromise: false, target,
});
if (started.type === 'exception') throw new Error(started.exceptionDetails.text);
serve(
  (command) => void ask('script.evaluate', { expression: `void peer(${JSON.stringify(command)})`, awaitPromise: false, target }).catch((error) => emit({ ev: 'error', id: command.id, msg: String(error) })),
  () => end(0),
);
emit({ ev: 'ready' });
