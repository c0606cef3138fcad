// The demonstration: this tab as a peer, with a chat to show for it.

import { identityOfTab, isAvailable, NetfluxClient } from '/netflux.js';
import { element, find } from './dom.js';
import { Room } from './room.js';

const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gus', 'Hana', 'Ian', 'Jo', 'Kim', 'Leo', 'Mia', 'Nils', 'Olga', 'Pia'];
/** What this tab was told, so that a reload comes back to the same place. */
const REMEMBERED = 'netflux demonstration';

class Demo {
  /** @type {Room[]} */
  rooms = [];
  /** @type {Room | null} */
  current = null;
  #unread = new Map();

  /** @param {NetfluxClient} client @param {string} token */
  constructor(client, token) {
    this.client = client;
    this.token = token;
    this.self = { id: client.id, name: client.name };
    client.addEventListener('signalingChanged', event => showServer(/** @type {CustomEvent} */ (event).detail.up));
    client.addEventListener('replaced', () => fail('This identity is now running in another tab, which takes its place here.'));
    client.onJoinRequest(request => this.#showInvitation(request));
  }

  /** @param {any} network */
  open(network) {
    const room = new Room(network, this.self, {
      invite: (_room, peer) => this.#invite(peer),
      mayInvite: of => this.#own !== null && this.#own !== of,
      makePrivate: () => this.#makePrivate(),
      left: (left, error) => this.#close(left, error),
    });
    room.onNews = () => {
      if (room !== this.current) this.#unread.set(room, (this.#unread.get(room) ?? 0) + 1);
      this.#showRooms();
    };
    this.rooms.push(room);
    this.show(room);
    for (const other of this.rooms) other.refresh();
  }

  /** @param {Room} room */
  show(room) {
    this.current = room;
    this.#unread.delete(room);
    find('#welcome').hidden = true;
    find('#chat').hidden = false;
    find('#room').replaceChildren(room.view);
    this.#showRooms();
    room.focus();
  }

  /** The private room that others can be invited to: the newest that this tab made. */
  get #own() {
    return this.rooms.findLast(room => room.network.topology.join === 'invite' && room.network.genesis.creator === this.self.id) ?? null;
  }

  async #makePrivate() {
    this.open(await this.client.create({ topology: { type: 'full-mesh', join: 'invite' } }));
    this.current?.note('This room is yours: go back to the others and invite them.');
  }

  /** @param {any} peer */
  async #invite(peer) {
    const [room, from] = [this.#own, this.current];
    if (!room) return;
    from?.note(`Asking ${peer.name} to join ${room.title} …`);
    try {
      const answer = await this.client.sendJoinRequest(peer, room.network);
      from?.note(answer.accepted ? `${peer.name} accepted.` : `${peer.name} does not come: ${answer.why || answer.reason}.`);
    } catch (error) {
      from?.note(`Not asked: ${error.message}`);
    }
  }

  /** @param {any} request */
  #showInvitation(request) {
    const [accept, decline] = [element('button', { type: 'button' }, 'Join'), element('button', { type: 'button', className: 'plain' }, 'No, thanks')];
    const row = element('p', {}, element('span', { className: 'text' }, `${request.from.name} asks you to join ${request.network.name ?? 'a private room'}.`), accept, decline);
    accept.onclick = async () => {
      row.remove();
      try {
        this.open(await request.accept());
      } catch (error) {
        this.current?.note(`Not joined: ${error.message}`);
      }
    };
    decline.onclick = () => {
      row.remove();
      request.decline('Not now.');
    };
    find('#invitations').append(row);
  }

  /** @param {Room} room @param {string | null} error why it ended, where nobody here left it */
  #close(room, error) {
    this.rooms = this.rooms.filter(other => other !== room);
    const [next] = this.rooms;
    if (next) return this.show(next);
    // A page that only goes, as in a reload, comes back.
    if (error === null) sessionStorage.removeItem(REMEMBERED);
    this.current = null;
    find('#chat').hidden = true;
    find('#welcome').hidden = false;
    return undefined;
  }

  #showRooms() {
    const buttons = this.rooms.map(room => {
      const unread = this.#unread.get(room);
      const button = element('button', { type: 'button' }, room.title, ...(unread ? [element('span', { className: 'unread', ariaLabel: `${unread} unread` }, String(unread))] : []));
      button.setAttribute('aria-current', String(room === this.current));
      button.onclick = () => this.show(room);
      return button;
    });
    find('#rooms').replaceChildren(...(buttons.length > 1 ? buttons : []));
  }
}

/** @type {Demo | null} */
let demo = null;

/** @param {boolean} up */
function showServer(up) {
  const server = find('#server');
  server.hidden = false;
  server.className = up ? 'up' : 'down';
  server.textContent = up ? 'Signaling server connected' : demo?.current ? 'Signaling server gone; the chat goes on' : 'Signaling server not connected';
}

/** @param {string} text */
function fail(text) {
  find('#failure').textContent = text;
  find('#failure').hidden = false;
  find('#welcome').hidden = demo?.current !== null && demo !== null;
}

/** The server sends the page to whoever asks, and lets pages connect that came by a name of its own. @param {any} error */
async function explain(error) {
  const isServed = error.code === 'serverUnreachable' && (await fetch('/netflux.js', { method: 'HEAD', cache: 'no-store' }).then(answer => answer.ok, () => false));
  return isServed ? `The server does not know that it is called ${location.host}: start it with --public-url ${location.origin}, or open the page by another name of it.` : error.message;
}

/** How often a join is tried where nobody answers: a server lists those who died without a word for 30 s more, and an attempt takes 8. */
const JOIN_ATTEMPTS = 5;

/** @param {string} name @param {string} network @param {number} [attempt] @returns {Promise<void>} */
async function join(name, network, attempt = 1) {
  find('#failure').hidden = true;
  find('#join button').disabled = true;
  try {
    const token = find('#token').value.trim();
    if (demo?.client.name !== name || demo.token !== token) {
      demo?.client.goOffline();
      demo = new Demo(await NetfluxClient.start({ name, ...(token && { token }), ...(await identityOfTab()) }), token);
      // For the curious, in the console.
      Object.assign(globalThis, { netflux: demo });
    }
    demo.open(await demo.client.join(network, { orCreate: { type: 'full-mesh' } }));
    sessionStorage.setItem(REMEMBERED, JSON.stringify({ name, network }));
  } catch (error) {
    if (error.code === 'peerUnreachable' && attempt < JOIN_ATTEMPTS) return join(name, network, attempt + 1);
    if (error.code === 'accessDenied') find('#access').hidden = false;
    fail(await explain(error));
  }
  find('#join button').disabled = false;
  return undefined;
}

function begin() {
  if (!isAvailable()) {
    find('#insecure').hidden = false;
    find('#loopback').textContent = `http://localhost:${location.port || 80}`;
    return;
  }
  const inAddress = /^\/net\/([^/]+)$/.exec(location.pathname)?.[1];
  const remembered = JSON.parse(sessionStorage.getItem(REMEMBERED) ?? 'null');
  find('#name').value = remembered?.name ?? NAMES[Math.floor(Math.random() * NAMES.length)];
  find('#network').value = inAddress ?? remembered?.network ?? 'demo';
  find('#welcome').hidden = false;
  find('#join').onsubmit = event => {
    event.preventDefault();
    join(find('#name').value.trim(), find('#network').value.trim());
  };
  if (remembered) join(remembered.name, find('#network').value);
}

// Who closes the page says goodbye. A page that the browser wakes from its cache has no connections any more, and begins anew as after a reload.
addEventListener('pagehide', () => demo?.client.goOffline());
addEventListener('pageshow', event => {
  if (event.persisted) location.reload();
});
addEventListener('online', () => demo?.client.hurry());

begin();
