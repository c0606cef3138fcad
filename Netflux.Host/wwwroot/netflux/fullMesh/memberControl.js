// What members of a network say to each other in Control frames.

import { idBytes, idOf, ID_BYTES } from '../bytes.js';
import { MemberControl } from '../wire/messages.js';

/** @param {Uint8Array[]} members @param {boolean} whole */
export const writeList = (members, whole) => MemberControl.encode({ list: { members, whole } });

/** @param {Uint8Array} hash */
export const writeDigest = hash => MemberControl.encode({ digest: { hash } });

/** @param {string} from @param {string} to @param {Uint8Array} sealed */
export const writeIntroduction = (from, to, sealed) => MemberControl.encode({ introduction: { from: idBytes(from), to: idBytes(to), sealed } });

/**
 * Null if the bytes are not a control of this version.
 * @param {Uint8Array} body
 * @returns {{ is: 'list', members: Uint8Array[], whole: boolean } | { is: 'digest', hash: Uint8Array } | { is: 'introduction', from: string, to: string, sealed: Uint8Array } | null}
 */
export function readControl(body) {
  const said = MemberControl.decode(body);
  if (said?.control === 'list') return { is: 'list', members: said.list.members, whole: said.list.whole };
  if (said?.control === 'digest' && said.digest.hash.length === 32) return { is: 'digest', hash: said.digest.hash };
  if (said?.control !== 'introduction' || said.introduction.from.length !== ID_BYTES || said.introduction.to.length !== ID_BYTES) return null;
  return { is: 'introduction', from: idOf(said.introduction.from), to: idOf(said.introduction.to), sealed: said.introduction.sealed };
}
