// One run of an identity: its start in milliseconds since 1970, raised above any seen before for the same id. The newer replaces the older.

export class Incarnation {
  #keep;

  /** @param {number} last the highest of earlier runs @param {(incarnation: number) => void} [keep] remembers one */
  constructor(last, keep = () => {}) {
    this.#keep = keep;
    this.current = BigInt(Math.max(Date.now(), last + 1));
    keep(Number(this.current));
  }

  /** @param {bigint} seen */
  raiseAbove(seen) {
    if (seen < this.current) return;
    this.current = seen + 1n;
    this.#keep(Number(this.current));
  }
}
