// libdatachannel by way of node-datachannel. Its own interface is the fast one; these two classes give it the few members of the W3C API that the peer uses.
import { PeerConnection } from 'node-datachannel';
import { emit, inNode, serve } from './lines.mjs';
import { createPeer } from './w3c-peer.js';

class Channel {
  #channel;
  #isClosed = false;

  // Of a channel that the other side opened, libdatachannel does not tell how it is delivered.
  constructor(channel, { ordered, maxRetransmits, maxPacketLifeTime } = {}) {
    this.#channel = channel;
    this.label = channel.getLabel();
    this.protocol = channel.getProtocol();
    Object.assign(this, { ordered, maxRetransmits, maxPacketLifeTime });
    channel.onOpen(() => this.onopen?.());
    channel.onClosed(() => {
      this.#isClosed = true;
      this.onclose?.();
    });
    channel.onMessage((data) => this.onmessage?.({ data }));
    channel.onBufferedAmountLow(() => this.onbufferedamountlow?.());
  }

  get readyState() { return this.#isClosed ? 'closed' : this.#channel.isOpen() ? 'open' : 'connecting'; }
  get bufferedAmount() { return this.#channel.bufferedAmount(); }
  set bufferedAmountLowThreshold(bytes) { this.#channel.setBufferedAmountLowThreshold(bytes); }
  close() { this.#channel.close(); }

  send(data) {
    if (typeof data === 'string') this.#channel.sendMessage(data);
    else this.#channel.sendMessageBinary(data);
  }
}

class Connection {
  #connection;
  #described;

  constructor({ iceServers = [], iceTransportPolicy = 'all' }) {
    this.#connection = new PeerConnection('peer', {
      iceServers: iceServers.map(server), iceTransportPolicy, disableAutoNegotiation: true,
    });
    this.#connection.onLocalDescription((sdp, type) => {
      this.localDescription = { sdp, type };
      this.#described?.();
    });
    this.#connection.onLocalCandidate((line, sdpMid) => {
      this.onicecandidate?.({ candidate: { candidate: line.replace(/^a=/, ''), sdpMid, sdpMLineIndex: 0 } });
    });
    this.#connection.onDataChannel((channel) => this.ondatachannel?.({ channel: new Channel(channel) }));
    this.#connection.onStateChange((state) => {
      this.connectionState = state;
      this.onconnectionstatechange?.();
    });
  }

  createDataChannel(label, { ordered = true, ...init } = {}) {
    return new Channel(this.#connection.createDataChannel(label, { ...init, unordered: !ordered }), { ordered, ...init });
  }

  async createOffer() { return { type: 'offer' }; }
  async createAnswer() { return { type: 'answer' }; }

  setLocalDescription({ type }) {
    return new Promise((resolve) => {
      this.#described = resolve;
      this.#connection.setLocalDescription(type);
    });
  }

  async setRemoteDescription({ sdp, type }) { this.#connection.setRemoteDescription(sdp, type); }
  async addIceCandidate({ candidate, sdpMid }) { this.#connection.addRemoteCandidate(candidate, sdpMid); }
  close() { this.#connection.close(); }
}

// turn:HOST:PORT?transport=udp, which is the only transport that it speaks with a TURN server.
function server({ urls, username, credential }) {
  const [, hostname, port] = /^turn:([^:]+):(\d+)/.exec(urls);
  return { hostname, port: Number(port), username, password: credential, relayType: 'TurnUdp' };
}

serve(createPeer({ RTCPeerConnection: Connection, ...inNode }));
emit({ ev: 'ready' });
