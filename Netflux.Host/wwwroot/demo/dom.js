// What others say becomes text, never markup.

/** @param {string} selector @param {ParentNode} [within] @returns {any} */
export const find = (selector, within = document) => within.querySelector(selector);

/** @param {string} tag @param {Record<string, any>} [properties] @param {...(Node | string)} children */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** The name that a person sees: with the beginning of the id where it is doubled. @param {{ id: string, name: string }} peer @param {{ id: string, name: string }[]} others */
export const shown = (peer, others) => peer.name && !others.some(other => other.id !== peer.id && other.name === peer.name) ? peer.name : `${peer.name}#${peer.id.slice(0, 4)}`;
