// libwebrtc by way of @roamhq/wrtc.
import wrtc from '@roamhq/wrtc';
import { emit, inNode, serve } from './lines.mjs';
import { createPeer } from './w3c-peer.js';

// It has no bufferedamountlow.
function onceLow(dc, low, go) {
  if (dc.bufferedAmount <= low || dc.readyState !== 'open') go();
  else setTimeout(onceLow, 1, dc, low, go);
}

serve(createPeer({ RTCPeerConnection: wrtc.RTCPeerConnection, ...inNode, onceLow }));
emit({ ev: 'ready' });
