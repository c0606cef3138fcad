// One network as a person sees it: what is said, who is there, and a line to say something.

import { element, find } from './dom.js';
import { People } from './people.js';

const LOG_LINES_MAX = 500;

const REASONS = {
  left: 'left', wentOffline: 'went offline', connectionLost: 'is gone: the connection was lost', restarted: 'was restarted', tooSlow: 'was dropped: it took messages too slowly',
  protocolViolated: 'was cut off: it broke the protocol', networkFull: 'found no room: the network is full', faulted: 'was lost to an error',
};

export class Room {
  #network;
  #people;
  #log;
  #to;
  #text;
  /** Called when something happens here while another room is shown. */
  onNews = () => {};

  /** @param {any} network @param {{ id: string, name: string }} self @param {{ invite: (room: Room, peer: any) => void, mayInvite: (room: Room) => boolean, makePrivate: () => void, left: (room: Room, error: string | null) => void }} actions */
  constructor(network, self, actions) {
    this.#network = network;
    this.view = find('#room-template').content.cloneNode(true).firstElementChild;
    [this.#log, this.#to, this.#text] = [find('.log', this.view), find('select', this.view), find('.text', this.view)];
    this.#people = new People(network, self, find('.people', this.view), peer => actions.invite(this, peer), () => actions.mayInvite(this));
    find('.composer', this.view).onsubmit = event => {
      event.preventDefault();
      this.#say();
    };
    find('.private', this.view).onclick = actions.makePrivate;
    find('.leave', this.view).onclick = () => network.leave();
    // On a phone the chat comes first.
    find('.people', this.view).open = matchMedia('(min-width: 46rem)').matches;
    this.#listen(actions.left);
    // ws and wss of an address are http and https of a page.
    const address = network.address?.replace(/^ws/, 'http');
    find('.where', this.view).replaceChildren(`You are ${this.#people.nameOf(self)}. `, ...(address && network.name ? ['Others join at ', element('code', {}, address)] : ['Others come here by invitation.']));
    this.note(network.members.length === 0 ? 'You are here, and nobody else is yet.' : `You are here, with ${network.members.map(member => this.#people.nameOf(member)).join(', ')}.`);
    this.refresh();
    this.timer = setInterval(() => this.#people.refreshLinks(), 2_000);
  }

  get network() {
    return this.#network;
  }

  get title() {
    return this.#network.name ?? `private ${this.#network.id.slice(0, 4)}`;
  }

  refresh() {
    this.#people.render();
    const chosen = this.#to.value;
    this.#to.replaceChildren(element('option', { value: '' }, 'everyone'), ...this.#network.members.map(member => element('option', { value: member.id }, this.#people.nameOf(member))));
    this.#to.value = this.#network.members.some(member => member.id === chosen) ? chosen : '';
  }

  /** @param {string} text */
  note(text) {
    this.#append(element('li', { className: 'note' }, text));
  }

  focus() {
    this.#text.focus();
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** @param {(room: Room, error: string | null) => void} left */
  #listen(left) {
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ handle) => this.#network.addEventListener(type, event => handle(event.detail));
    on('messageReceived', ({ from, text, delivery }) => {
      this.#line(`${this.#people.nameOf(from)}${delivery === 'direct' ? ', to you alone' : ''}`, text, false);
      this.onNews();
    });
    on('peerJoining', ({ peer }) => this.#happened(`${this.#people.nameOf(peer)} joined.`));
    on('peerLeaving', ({ peer, reason }) => {
      this.#people.setSuspected(peer.id, false);
      this.#happened(`${this.#people.nameOf(peer)} ${REASONS[reason] ?? 'is gone'}.`);
    });
    on('peerSuspected', ({ peer }) => this.#people.setSuspected(peer.id, true));
    on('peerRecovered', ({ peer }) => this.#people.setSuspected(peer.id, false));
    on('linksChanged', () => this.#people.refreshLinks());
    on('networkLeft', ({ error }) => {
      clearInterval(this.timer);
      left(this, error);
    });
  }

  /** @param {string} text */
  #happened(text) {
    this.note(text);
    // The overlay's list is right once the event is over.
    queueMicrotask(() => this.refresh());
  }

  async #say() {
    const text = this.#text.value;
    if (text.trim() === '') return;
    this.#text.value = '';
    const to = this.#network.members.find(member => member.id === this.#to.value);
    this.#line(to ? `you, to ${this.#people.nameOf(to)} alone` : 'you', text, true);
    try {
      await (to ? this.#network.send(to, text) : this.#network.broadcast(text));
    } catch (error) {
      this.note(`Not sent: ${error.message}`);
    }
  }

  /** @param {string} who @param {string} text @param {boolean} own */
  #line(who, text, own) {
    this.#append(element('li', { className: own ? 'line own' : 'line' }, element('span', { className: 'who' }, who), text));
  }

  /** @param {any} item */
  #append(item) {
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 80;
    this.#log.append(item);
    while (this.#log.childElementCount > LOG_LINES_MAX) this.#log.firstElementChild.remove();
    if (atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }
}
