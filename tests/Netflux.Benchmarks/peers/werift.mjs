import { RTCPeerConnection } from 'werift';
import { emit, inNode, serve } from './lines.mjs';
import { createPeer } from './w3c-peer.js';

const onceLow = (dc, low, go) => void dc.bufferedAmountLow.once(go);

serve(createPeer({ RTCPeerConnection, ...inNode, onceLow }));
emit({ ev: 'ready' });
