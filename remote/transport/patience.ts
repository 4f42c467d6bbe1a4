/** A time limit that stands still while the operator is thinking. */
export class Patience {
  readonly #limitMs: number;
  readonly #onExpired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #pauses = 0;
  #isStopped = false;

  constructor(limitMs: number, onExpired: () => void) {
    this.#limitMs = limitMs;
    this.#onExpired = onExpired;
    this.restart();
  }

  /** Gives the full time again. */
  restart(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped || this.#pauses > 0) return;
    this.#timer = setTimeout(this.#onExpired, this.#limitMs);
  }

  /** Runs a question to the operator outside of the limit. */
  async pausedWhile<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses += 1;
    clearTimeout(this.#timer);
    try {
      return await work();
    } finally {
      this.#pauses -= 1;
      this.restart();
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }
}
