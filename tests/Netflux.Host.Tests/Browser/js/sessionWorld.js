// Two sessions, links between them, and a clock that stands until it is told to go.

import assert from 'node:assert/strict';
import { randomBytes } from '../../../../Netflux.Host/wwwroot/netflux/bytes.js';
import { PeerSession } from '../../../../Netflux.Host/wwwroot/netflux/session/peerSession.js';
import { FrameKind } from '../../../../Netflux.Host/wwwroot/netflux/wire/frames.js';

export const A = 'a'.repeat(32), B = 'b'.repeat(32), NET = 'n'.repeat(32);
export const LIVENESS = { pingAfter: 2_000, suspectAfter: 5_000, resumeWindow: 8_000 };

export class SessionWorld {
  now = 1_000;
  #lastLink = 0;
  links = new Map();

  constructor() {
    this.sides = { [A]: new Side(A, B), [B]: new Side(B, A) };
    [this.a, this.b] = [this.sides[A], this.sides[B]];
  }

  /** A link that the one dials and that both prove. */
  link(dialler = A, { recordBytesMax = 16 << 10, incarnations = { [A]: 1n, [B]: 1n } } = {}) {
    const id = ++this.#lastLink;
    const link = { id, alive: true, blackHole: false, queue: [] };
    this.links.set(id, link);
    const fresh = randomBytes(16);
    for (const side of Object.values(this.sides)) {
      const proven = { link: id, kind: 'memory', role: side.id === dialler ? 'dialler' : 'listener', remote: { id: side.remote }, remoteIncarnation: incarnations[side.remote], displayName: side.remote, fresh, recordBytesMax };
      side.session.handleProven(proven, this.now);
    }
    return link;
  }

  cut(link) {
    link.alive = false;
    link.queue = [];
    for (const side of Object.values(this.sides)) side.session.handleLost(link.id, 4001, null, this.now);
  }

  /** Everything that can happen now. `onRecord` may cut the link in the midst of it. */
  settle(onRecord = () => {}) {
    for (let busy = true; busy;) {
      busy = false;
      for (const side of Object.values(this.sides)) {
        busy = side.drain(this) || busy;
        for (let written = side.session.writeRecord(this.now); written; written = side.session.writeRecord(this.now)) {
          busy = true;
          side.session.handleWritten(written.link, written.record.length);
          const link = this.links.get(written.link);
          if (link.alive && !link.blackHole) link.queue.push({ to: side.remote, record: written.record });
        }
      }
      for (const link of this.links.values()) {
        const message = link.queue.shift();
        if (!message) continue;
        busy = true;
        onRecord(link, message);
        if (link.alive) this.sides[message.to].session.handleRecord(link.id, message.record, this.now);
      }
    }
  }

  /** Lets time pass, deadline by deadline. */
  pass(milliseconds, onRecord) {
    const until = this.now + milliseconds;
    this.settle(onRecord);
    for (;;) {
      const next = Math.min(...Object.values(this.sides).map(side => side.session.nextDeadline ?? Infinity));
      if (next > until) break;
      this.now = Math.max(this.now, next);
      for (const side of Object.values(this.sides)) side.session.handleDeadline(this.now);
      this.settle(onRecord);
    }
    this.now = until;
  }

  /** Both attach the network. */
  attach(windowCost = 1 << 20, messageBytesMax = 64 << 20) {
    for (const side of Object.values(this.sides)) side.session.attach({ network: NET, member: new Uint8Array([1]), windowCost, messageBytesMax, liveness: LIVENESS }, this.now);
    this.settle();
    assert.ok(this.a.says('channelOpened') && this.b.says('channelOpened'));
  }

  send(from, payload, flags = 0) {
    return from.session.trySend(NET, FrameKind.Message, flags, payload, this.now);
  }
}

class Side {
  said = [];
  received = [];
  consumes = true;
  #count = 0;

  constructor(id, remote) {
    [this.id, this.remote] = [id, remote];
    this.session = new PeerSession(id, () => 1n, remote);
  }

  /** True if anything was said. */
  drain(world) {
    const before = this.said.length;
    for (let said = this.session.take(); said; said = this.session.take()) {
      this.said.push(said);
      if (said.type === 'channelOpened') this.#count = 0;
      if (said.type === 'closeLink') {
        const link = world.links.get(said.link);
        // The other side hears it after what was sent before.
        for (const message of link.queue.splice(0)) if (message.to !== this.id) world.sides[message.to].session.handleRecord(said.link, message.record, world.now);
        link.alive = false;
        world.sides[this.remote].session.handleLost(said.link, said.code, null, world.now);
      }
      if (said.type !== 'channelFrame' || said.kind !== FrameKind.Message) continue;
      this.received.push(said.body);
      this.#count++;
      if (this.consumes) this.session.consume(said.network, this.#count, world.now);
    }
    return this.said.length > before;
  }

  says(type) {
    return this.said.find(said => said.type === type);
  }

  consumeAll(world) {
    this.consumes = true;
    this.session.consume(NET, this.#count, world.now);
  }
}

/** A seeded generator (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
