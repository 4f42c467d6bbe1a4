import { OpsError } from "#core/opsError";
import type { OpenedHost } from "#remote/openHost";
import type { Session } from "#remote/session";
import type { Workbench } from "../state/workbench.ts";
import type { HostEntry } from "./hostEntry.ts";
import { prerequisitesOf, prerequisitesOfFailure } from "./prerequisites.ts";

/** Opens one host; handed in so that tests need no network. */
export type HostOpener = (
  entry: HostEntry,
  options: { readonly signal: AbortSignal; readonly onPhase: (phase: string) => void },
) => Promise<OpenedHost>;

interface Attempt {
  readonly controller: AbortController;
  readonly promise: Promise<Session>;
  /** Callers that still want the session; the last one to leave ends the attempt. */
  waiting: number;
}

/** Keeps at most one session per host, and the state in step with it. */
export class Connections {
  readonly #open: HostOpener;
  readonly #workbench: Workbench;
  readonly #sessions = new Map<string, OpenedHost>();
  readonly #attempts = new Map<string, Attempt>();

  constructor(workbench: Workbench, open: HostOpener) {
    this.#workbench = workbench;
    this.#open = open;
  }

  get(address: string): Session | undefined {
    return this.#sessions.get(address)?.session;
  }

  /**
   * The session of a host, opened when there is none. Callers share one attempt; it ends
   * when all of them have cancelled, and each one is free as soon as it has.
   * @throws OpsError
   */
  async connect(entry: HostEntry, signal?: AbortSignal): Promise<Session> {
    if (signal?.aborted === true) throw cancelled();
    const existing = this.#sessions.get(entry.address);
    if (existing && !existing.session.client.isClosed) return existing.session;
    const attempt = this.#attempts.get(entry.address) ?? this.#start(entry);
    attempt.waiting += 1;
    let abort = (): void => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      abort = () => reject(cancelled());
    });
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([attempt.promise, left]);
    } finally {
      signal?.removeEventListener("abort", abort);
      attempt.waiting -= 1;
      if (attempt.waiting === 0 && this.#attempts.get(entry.address) === attempt) this.#abandon(entry.address, attempt);
    }
  }

  async disconnect(address: string): Promise<void> {
    const attempt = this.#attempts.get(address);
    if (attempt) this.#abandon(address, attempt);
    const opened = this.#sessions.get(address);
    this.#sessions.delete(address);
    this.#workbench.update(address, { connection: { kind: "disconnected" } });
    await opened?.close();
  }

  /** Ends what belongs to hosts that have left the list. */
  async keepOnly(addresses: ReadonlySet<string>): Promise<void> {
    const gone = this.#addresses().filter((address) => !addresses.has(address));
    await Promise.all(gone.map((address) => this.disconnect(address)));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#addresses().map((address) => this.disconnect(address)));
  }

  #addresses(): readonly string[] {
    return [...new Set([...this.#sessions.keys(), ...this.#attempts.keys()])];
  }

  #start(entry: HostEntry): Attempt {
    const { address } = entry;
    const controller = new AbortController();
    // What an earlier session still has to say must not end up in the state of this one.
    this.#sessions.delete(address);
    const promise = this.#attempt(entry, controller.signal).finally(() => {
      if (this.#attempts.get(address) === attempt) this.#attempts.delete(address);
    });
    // Everybody may have left before it fails.
    promise.catch(() => undefined);
    const attempt: Attempt = { controller, promise, waiting: 0 };
    this.#attempts.set(address, attempt);
    return attempt;
  }

  /** From here on the attempt has no say in the host's state; the next caller starts anew. */
  #abandon(address: string, attempt: Attempt): void {
    this.#attempts.delete(address);
    attempt.controller.abort();
    this.#workbench.update(address, { connection: { kind: "disconnected" } });
  }

  async #attempt(entry: HostEntry, signal: AbortSignal): Promise<Session> {
    const { address } = entry;
    const startedAt = Date.now();
    this.#workbench.update(address, { connection: { kind: "connecting", phase: "starting" } });
    let opened: OpenedHost;
    try {
      opened = await this.#open(entry, {
        signal,
        onPhase: (phase) => {
          if (!signal.aborted) this.#workbench.update(address, { connection: { kind: "connecting", phase } });
        },
      });
    } catch (error) {
      if (signal.aborted) throw cancelled();
      this.#fail(address, error);
      throw error;
    }
    if (signal.aborted || !this.#workbench.host(address)) {
      await opened.close();
      throw cancelled();
    }
    this.#sessions.set(address, opened);
    const { session } = opened;
    // The middle of the round trip is the best guess for when the host read its clock.
    const clockSkewMs = session.host.wallMs - (startedAt + Date.now()) / 2;
    this.#workbench.update(address, {
      connection: {
        kind: "connected",
        isRoot: session.isRoot,
        user: session.probe.user,
        clockSkewMs: Math.abs(clockSkewMs) < 2000 ? 0 : clockSkewMs,
      },
      prerequisites: prerequisitesOf(session),
    });
    const ended = (reason: unknown): void => {
      if (this.#sessions.get(address) !== opened) return;
      this.#sessions.delete(address);
      if (reason === undefined) this.#workbench.update(address, { connection: { kind: "disconnected" } });
      else this.#fail(address, reason);
    };
    opened.closed.then(ended, ended);
    return session;
  }

  #fail(address: string, error: unknown): void {
    if (OpsError.is(error, "cancelled")) {
      this.#workbench.update(address, { connection: { kind: "disconnected" } });
      return;
    }
    const known = OpsError.is(error) ? error : new OpsError("bug", String(error));
    this.#workbench.update(address, {
      connection: { kind: "failed", error: known },
      prerequisites: prerequisitesOfFailure(known),
    });
  }
}

function cancelled(): OpsError {
  return new OpsError("cancelled", "Cancelled.");
}
