// What the peers in browsers have in common: a folder of their own, and an end that leaves nothing behind.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emit } from './lines.mjs';
import { createPeer } from './w3c-peer.js';

// The source of a function that runs in the page and gives the peer's handler of commands; 'say' takes events as JSON text.
export const pageSource = `(say) => (${createPeer})({
  RTCPeerConnection,
  emit: (event) => say(JSON.stringify(event)),
  now: () => performance.now(),
  soon: (() => {
    const { port1, port2 } = new MessageChannel();
    const waiting = [];
    port1.onmessage = () => waiting.shift()();
    return (go) => { waiting.push(go); port2.postMessage(0); };
  })(),
  collect: async () => { for (let i = 0; i < 3; i++) { globalThis.gc?.(); await new Promise((go) => setTimeout(go, 100)); } },
})`;

export const out = (line) => void process.stdout.write(line + '\n');

// Starts the browser with a profile that ends with it; 'end' ends both and this program.
export function startBrowser(program, args, stdio) {
  const profile = mkdtempSync(join(tmpdir(), 'netflux-peer-'));
  const browser = spawn(program, args(profile), { stdio, detached: true });
  let isEnding = false;
  const end = (code) => {
    if (isEnding) return;
    isEnding = true;
    // Its processes are a group of their own.
    try { process.kill(-browser.pid, 'SIGKILL'); } catch { /* it has ended already */ }
    setTimeout(() => {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      process.exit(code);
    }, 100);
  };
  browser.on('error', (error) => { emit({ ev: 'error', msg: String(error) }); end(1); });
  browser.on('exit', () => end(1));
  process.on('SIGTERM', () => end(0));
  return { browser, profile, end };
}
