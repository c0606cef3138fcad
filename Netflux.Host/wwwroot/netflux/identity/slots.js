// The identities of this origin, in numbered slots. A tab holds its slot by a Web Lock and remembers it in sessionStorage: a second tab is another peer, a reload is the same. A tab that
// is duplicated takes sessionStorage along, but the lock is held, so it is another peer too.

import { createIdentity } from './keys.js';

/** @typedef {import('./keys.js').StoredIdentity} StoredIdentity */

const DATABASE = 'netflux', STORE = 'identities', REMEMBERED = 'netflux slot';
const SLOTS_MAX = 1_000; // guess: above what anybody opens in tabs
/** A page that is reloaded may come up before the one that it replaces has let go of its lock. Guess. */
const RELOAD_PATIENCE = 500;

/** @typedef {{ identity: StoredIdentity, keepIncarnation: (incarnation: number) => void, slot: number }} TabIdentity */

/** @type {Promise<TabIdentity> | null} */
let held = null;

/** The identity of this tab, held until the tab goes; the same however often it is asked for. @returns {Promise<TabIdentity>} */
export const identityOfTab = () => (held ??= takeIdentity());

async function takeIdentity() {
  const slot = await takeSlot();
  sessionStorage.setItem(REMEMBERED, String(slot));
  const database = await openDatabase();
  const stored = await finish(database.transaction(STORE).objectStore(STORE).get(slot));
  const identity = stored ?? (await createIdentity());
  const keepIncarnation = (/** @type {number} */ incarnation) => {
    identity.incarnation = incarnation;
    database.transaction(STORE, 'readwrite').objectStore(STORE).put(identity, slot);
  };
  if (!stored) keepIncarnation(0);
  return { identity, keepIncarnation, slot };
}

async function takeSlot() {
  const remembered = Number(sessionStorage.getItem(REMEMBERED) ?? -1);
  if (remembered >= 0 && (await tryHold(remembered, RELOAD_PATIENCE))) return remembered;
  for (let slot = 0; slot < SLOTS_MAX; slot++) if (await tryHold(slot, 0)) return slot;
  throw new Error(`All ${SLOTS_MAX} identities of this site are in use by other tabs.`);
}

/** Holds the lock until the tab goes. @param {number} slot @param {number} patience in milliseconds; 0 takes it now or not at all @returns {Promise<boolean>} */
function tryHold(slot, patience) {
  return new Promise(resolve => {
    const options = patience === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(patience) };
    const request = navigator.locks.request(`netflux identity ${slot}`, options, lock => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
    request.catch(() => resolve(false)); // not in time
  });
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return finish(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const finish = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
