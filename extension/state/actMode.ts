/** How long the permission to change hosts lasts before it goes back to observing. */
export const actMinutes = 30;

/**
 * Observe or act. Acting ends by itself: a window that was left open overnight must not
 * be one click away from killing something.
 */
export class ActMode {
  #until = 0;
  #isPermanent: boolean;
  #timer: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(isPermanent: boolean) {
    this.#isPermanent = isPermanent;
  }

  get isActing(): boolean {
    return this.#isPermanent || Date.now() < this.#until;
  }

  act(): void {
    this.#until = Date.now() + actMinutes * 60_000;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.observe(), actMinutes * 60_000);
    this.#timer.unref();
    this.#announce();
  }

  observe(): void {
    this.#until = 0;
    this.#isPermanent = false;
    clearTimeout(this.#timer);
    this.#announce();
  }

  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}
