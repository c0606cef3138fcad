// The members of a network, and how each is linked with this page.

import { element, find, shown } from './dom.js';

const KINDS = { dataChannel: 'data channel', webSocket: 'WebSocket', relayed: 'relayed' };

export class People {
  #network;
  #self;
  #list;
  #count;
  #invite;
  /** @type {Map<string, { item: any, link: any }>} */
  #items = new Map();
  /** @type {Set<string>} not heard any more, and not yet gone */
  #suspected = new Set();

  /** @param {any} network @param {{ id: string, name: string }} self @param {any} view @param {(peer: any) => void} invite @param {() => boolean} mayInvite */
  constructor(network, self, view, invite, mayInvite) {
    [this.#network, this.#self, this.#list, this.#count, this.#invite] = [network, self, find('ul', view), find('.count', view), invite];
    this.mayInvite = mayInvite;
  }

  get all() {
    return [this.#self, ...this.#network.members];
  }

  /** @param {{ id: string, name: string }} peer */
  nameOf(peer) {
    return shown(peer, this.all);
  }

  render() {
    const members = this.#network.members;
    this.#count.textContent = members.length === 0 ? 'Nobody else is here' : members.length === 1 ? '1 other is here' : `${members.length} others are here`;
    this.#items.clear();
    this.#list.replaceChildren(...members.map(member => {
      const link = element('span', { className: 'link' }, '…');
      const item = element('li', {}, element('span', { className: 'face', ariaHidden: 'true' }, [...(member.name || '?')][0].toUpperCase()), element('span', { className: 'name', title: member.id }, this.nameOf(member)), link);
      item.dataset.peer = member.id;
      item.classList.toggle('suspected', this.#suspected.has(member.id));
      if (this.mayInvite()) {
        const button = element('button', { type: 'button', className: 'invite plain' }, 'Invite to my room');
        button.onclick = () => this.#invite(member);
        item.append(button);
      }
      this.#items.set(member.id, { item, link });
      return item;
    }));
    this.refreshLinks();
  }

  /** @param {string} id @param {boolean} suspected */
  setSuspected(id, suspected) {
    if (suspected) this.#suspected.add(id);
    else this.#suspected.delete(id);
    this.#items.get(id)?.item.classList.toggle('suspected', suspected);
    this.refreshLinks();
  }

  async refreshLinks() {
    for (const [id, { link, item }] of this.#items) {
      const report = await this.#network.linkReport(id);
      if (!report) {
        link.replaceChildren('looking for a link …');
        continue;
      }
      item.dataset.link = report.kind;
      const badge = element('span', { className: `badge ${report.kind === 'dataChannel' ? 'direct' : ''}` }, KINDS[report.kind] ?? report.kind);
      if (report.carrier) badge.append(` by ${this.nameOf({ id: report.carrier, name: this.#network.members.find(member => member.id === report.carrier)?.name ?? '' })}`);
      const { pair } = report;
      const state = this.#suspected.has(id) ? ' not heard any more …' : pair && pair.roundTripMs !== null ? ` ${pair.roundTripMs} ms` : '';
      link.replaceChildren(badge, state, ...(pair ? [element('span', { className: 'pair' }, `${pair.local} – ${pair.remote}`)] : []));
    }
  }
}
