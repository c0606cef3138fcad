// Netflux in the browser: a peer among peers. `import { identityOfTab, NetfluxClient } from '/netflux.js'`; docs/BROWSER.md shows how.

export { ConnectedPeer } from './netflux/client/connectedPeer.js';
export { NetfluxClient } from './netflux/client/netfluxClient.js';
export { Network } from './netflux/client/network.js';
export { isAvailable } from './netflux/identity/curve.js';
export { identityOfTab } from './netflux/identity/slots.js';
export { NetfluxError } from './netflux/wire/codes.js';
