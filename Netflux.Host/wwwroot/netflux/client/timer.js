// The one timer of a driver: it rings at its core's next deadline.

/** Milliseconds that only go forward. */
export const now = () => performance.now();

export class DeadlineTimer {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {number | null} */
  #at = null;
  #due;

  /** @param {() => void} due */
  constructor(due) {
    this.#due = due;
  }

  /** @param {number | null} deadline */
  set(deadline) {
    if (deadline === this.#at) return;
    clearTimeout(this.#timer);
    this.#at = deadline;
    // Browsers round delays down; a millisecond more, and the deadline has passed when the timer rings.
    if (deadline !== null) this.#timer = setTimeout(() => this.#ring(), Math.max(0, deadline - now()) + 1);
  }

  #ring() {
    this.#at = null;
    this.#due();
  }
}
