// A peer over the W3C API (RTCPeerConnection), told what to do by commands; README.md has their list.
// The function is complete in itself: browsers get its source text.
export function createPeer({ RTCPeerConnection, emit, now, soon, collect, onceLow = (dc, low, go) => void (dc.onbufferedamountlow = go) }) {
  // The sender keeps at most this much in the stack's buffer, and fills it up again when it falls below the second number.
  const buffered = 1 << 20;
  const bufferedLow = 1 << 18;
  const connections = new Map();
  const text = new TextEncoder();

  function createConnection(id, config) {
    const pc = new RTCPeerConnection(config ?? {});
    const c = { id, pc, channels: new Map(), offeredAt: undefined, early: [], described: false, isClosed: false, work: Promise.resolve() };
    connections.set(id, c);
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) emit({ ev: 'cand', id, c: { candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex } });
    };
    pc.ondatachannel = ({ channel }) => adopt(c, channel);
    pc.onconnectionstatechange = () => {
      emit({ ev: 'state', id, state: pc.connectionState });
      if (pc.connectionState === 'failed' || pc.connectionState === 'closed') closed(c);
    };
    return c;
  }

  function closed(c) {
    if (c.isClosed) return;
    c.isClosed = true;
    emit({ ev: 'closed', id: c.id });
  }

  // The first channel of a connection is the one that commands without a label mean.
  function adopt(c, dc, isOurs) {
    const ch = { c, dc, isFirst: c.channels.size === 0, mode: 'sink', bytes: 0, msgs: 0, payload: undefined, onEcho: undefined };
    c.channels.set(dc.label, ch);
    dc.binaryType = 'arraybuffer';
    dc.bufferedAmountLowThreshold = bufferedLow;
    dc.onmessage = ({ data }) => received(ch, data);
    dc.onclose = () => {
      ch.payload = undefined;
      if (c.channels.get(dc.label) === ch) c.channels.delete(dc.label);
      emit({ ev: 'channelclosed', id: c.id, label: dc.label });
      if (ch.isFirst) closed(c);
    };
    const opened = () => {
      if (ch.isFirst) emit(isOurs ? { ev: 'open', id: c.id, ms: now() - c.offeredAt } : { ev: 'opened', id: c.id });
      emit({
        ev: 'channel', id: c.id, label: dc.label, protocol: dc.protocol, ordered: dc.ordered,
        maxRetransmits: dc.maxRetransmits ?? null, maxPacketLifeTime: dc.maxPacketLifeTime ?? null,
      });
    };
    if (dc.readyState === 'open') opened();
    else dc.onopen = opened;
  }

  function received(ch, data) {
    ch.msgs++;
    ch.bytes += typeof data === 'string' ? text.encode(data).length : data.byteLength;
    if (ch.onEcho) ch.onEcho(data);
    else if (ch.mode === 'echo') ch.dc.send(data);
  }

  function pump(ch) {
    let turn = 0;
    while (ch.payload && ch.dc.readyState === 'open') {
      if (ch.dc.bufferedAmount + ch.payload.byteLength > buffered) { onceLow(ch.dc, bufferedLow, () => pump(ch)); return; }
      // Commands are to be heard, too.
      if (turn > buffered) { soon(() => pump(ch)); return; }
      ch.dc.send(ch.payload);
      turn += ch.payload.byteLength;
    }
  }

  // One message at a time, each when the echo of the one before it has come; an echo that differs is an error.
  async function ping(ch, n, size, isText) {
    const trips = [];
    for (let i = 0; i < n; i++) {
      const bytes = Uint8Array.from({ length: size }, (_, at) => (isText ? 32 + ((at + i) % 95) : (at * 7 + i) & 255));
      const message = isText ? new TextDecoder().decode(bytes) : bytes;
      const sentAt = now();
      const [echo, at] = await new Promise((resolve) => {
        ch.onEcho = (data) => resolve([data, now()]);
        ch.dc.send(message);
      });
      ch.onEcho = undefined;
      trips.push((at - sentAt) * 1000);
      const isSame = isText ? echo === message : typeof echo !== 'string' && echo.byteLength === size && new Uint8Array(echo).every((byte, index) => byte === bytes[index]);
      if (!isSame) throw new Error(`the echo of message ${i} differs from it`);
    }
    trips.sort((a, b) => a - b);
    const at = (share) => trips[Math.min(n - 1, Math.floor(n * share))];
    emit({ ev: 'ping', id: ch.c.id, p50: at(0.5), p99: at(0.99), mean: trips.reduce((sum, trip) => sum + trip, 0) / n, n });
  }

  async function describe(c, m) {
    const { pc } = c;
    await pc.setRemoteDescription({ type: m.type, sdp: m.sdp });
    c.described = true;
    if (m.type === 'offer') {
      await pc.setLocalDescription(await pc.createAnswer());
      emit({ ev: 'desc', id: c.id, type: 'answer', sdp: pc.localDescription.sdp });
    }
    for (const candidate of c.early.splice(0)) await pc.addIceCandidate(candidate);
  }

  async function offer(c, options) {
    c.offeredAt ??= now();
    await c.pc.setLocalDescription(await c.pc.createOffer(options));
    emit({ ev: 'desc', id: c.id, type: 'offer', sdp: c.pc.localDescription.sdp });
  }

  function channel(m) {
    const { channels } = connections.get(m.id);
    const ch = m.label === undefined ? channels.values().next().value : channels.get(m.label);
    if (!ch) throw new Error(`no channel ${m.label ?? ''} on connection ${m.id}`);
    return ch;
  }

  // What must go in order goes through the connection's work.
  function ordered(c, work) {
    c.work = c.work.then(work).catch((error) => emit({ ev: 'error', id: c.id, msg: String(error?.stack ?? error) }));
  }

  async function handle(m) {
    switch (m.t) {
      case 'connect': {
        const c = createConnection(m.id, m.config);
        const { label = 'bench', ...init } = m.channel ?? {};
        adopt(c, c.pc.createDataChannel(label, init), true);
        ordered(c, () => offer(c));
        break;
      }
      case 'desc': {
        const c = connections.get(m.id) ?? createConnection(m.id, m.config);
        ordered(c, () => describe(c, m));
        break;
      }
      case 'cand': {
        const c = connections.get(m.id);
        if (c) ordered(c, () => (c.described ? c.pc.addIceCandidate(m.c) : void c.early.push(m.c)));
        break;
      }
      case 'channel': {
        const c = connections.get(m.id);
        const { label, ...init } = m.channel;
        adopt(c, c.pc.createDataChannel(label, init), true);
        break;
      }
      case 'restart': {
        const c = connections.get(m.id);
        ordered(c, () => offer(c, { iceRestart: true }));
        break;
      }
      case 'mode':
        channel(m).mode = m.mode;
        emit({ ev: 'mode', id: m.id });
        break;
      case 'send': {
        const ch = channel(m);
        ch.payload = new Uint8Array(m.size);
        pump(ch);
        break;
      }
      case 'stop':
        channel(m).payload = undefined;
        break;
      case 'stat': {
        const { bytes, msgs } = channel(m);
        emit({ ev: 'stat', id: m.id, t: now() / 1000, bytes, msgs });
        break;
      }
      case 'ping':
        await ping(channel(m), m.n, m.size, m.text ?? false);
        break;
      case 'gc':
        await collect();
        emit({ ev: 'gc' });
        break;
      case 'closechannel':
        channel(m).dc.close();
        break;
      case 'close': {
        const c = connections.get(m.id);
        c.pc.close();
        closed(c);
        connections.delete(m.id);
        break;
      }
      default:
        throw new Error(`unknown command ${m.t}`);
    }
  }

  return (m) => handle(m).catch((error) => emit({ ev: 'error', id: m.id, msg: String(error?.stack ?? error) }));
}
