import { setTimeout as delay } from "node:timers/promises";
import { OpsError } from "#core/opsError";

/** sshd allows ten sessions on a connection by default; other programs may share it. */
const mostChannels = 4;

/**
 * Opens channels a few at a time, and learns when a server allows fewer (MaxSessions):
 * a refused channel is tried again when another one has ended, so that callers never see
 * the refusal.
 */
export class ChannelSlots {
  #limit = mostChannels;
  #taken = 0;
  #opened = 0;
  #waiters: (() => void)[] = [];
  #releases = 0;

  /**
   * @param open opens one channel; rejects with an error that `isRefusal` knows when the server has no room
   * @param patienceMs how long to wait without any other channel ending
   * @throws OpsError `refused` when the server keeps refusing
   */
  async open<T>(
    open: () => Promise<T>,
    isRefusal: (error: unknown) => boolean,
    patienceMs: number,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly channel: T; readonly release: () => void }> {
    let isFirst = true;
    let deadline = Date.now() + patienceMs;
    let seenReleases = this.#releases;
    for (let pause = 25; ; pause = Math.min(pause * 2, 1000)) {
      await this.#take(signal, isFirst, deadline);
      isFirst = false;
      try {
        const channel = await open();
        this.#opened += 1;
        return { channel, release: this.#releaseOnce() };
      } catch (error) {
        this.#giveBack();
        if (!isRefusal(error)) throw error;
        this.#limit = Math.max(1, this.#opened);
        if (this.#releases !== seenReleases) {
          seenReleases = this.#releases;
          deadline = Date.now() + patienceMs;
        }
        if (Date.now() >= deadline) throw noRoom(this.#limit, error);
        // The server frees a session a moment after it told us that the channel is closed.
        await delay(pause, undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  async #take(signal: AbortSignal | undefined, isFirst: boolean, deadline: number): Promise<void> {
    if (this.#taken < this.#limit && (!isFirst || this.#waiters.length === 0)) {
      this.#taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const seen = this.#releases;
      const timer = setTimeout(
        () => {
          if (this.#releases !== seen) timer.refresh();
          else finish(() => reject(noRoom(this.#limit, undefined)));
        },
        Math.max(1, deadline - Date.now()),
      );
      const onAbort = (): void => finish(() => reject(signal?.reason as Error));
      const turn = (): void => {
        this.#taken += 1;
        finish(resolve);
      };
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#waiters = this.#waiters.filter((waiter) => waiter !== turn);
        settle();
      };
      // Whoever was refused keeps his place before those who have not tried.
      if (isFirst) this.#waiters.push(turn);
      else this.#waiters.unshift(turn);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #releaseOnce(): () => void {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#opened -= 1;
      this.#releases += 1;
      this.#giveBack();
    };
  }

  #giveBack(): void {
    this.#taken -= 1;
    if (this.#taken < this.#limit) this.#waiters[0]?.();
  }
}

function noRoom(limit: number, cause: unknown): OpsError {
  return new OpsError(
    "refused",
    `The server opens no further channel: it seems to allow ${limit} at a time, and none became free.`,
    { nextStep: "Raise MaxSessions in the host's sshd_config, or wait for the running operation.", cause },
  );
}
