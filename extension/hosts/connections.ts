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

/** Keeps at most one session per host, and the state in step with it. */
export class Connections {
  readonly #open: HostOpener;
  readonly #workbench: Workbench;
  readonly #sessions = new Map<string, OpenedHost>();
  readonly #pending = new Map<string, { readonly controller: AbortController; readonly promise: Promise<Session> }>();

  constructor(workbench: Workbench, open: HostOpener) {
    this.#workbench = workbench;
    this.#open = open;
  }

  get(address: string): Session | undefined {
    return this.#sessions.get(address)?.session;
  }

  /** The session of a host, opened when there is none. Two callers share one attempt. */
  async connect(entry: HostEntry, signal?: AbortSignal): Promise<Session> {
    const existing = this.#sessions.get(entry.address);
    if (existing && !existing.session.client.isClosed) return existing.session;
    const attempt = this.#pending.get(entry.address) ?? this.#start(entry);
    const abort = (): void => attempt.controller.abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await attempt.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async disconnect(address: string): Promise<void> {
    this.#pending.get(address)?.controller.abort();
    const opened = this.#sessions.get(address);
    this.#sessions.delete(address);
    this.#workbench.update(address, { connection: { kind: "disconnected" } });
    await opened?.close();
  }

  async dispose(): Promise<void> {
    await Promise.all(
      [...new Set([...this.#sessions.keys(), ...this.#pending.keys()])].map((address) => this.disconnect(address)),
    );
  }

  #start(entry: HostEntry): { controller: AbortController; promise: Promise<Session> } {
    const controller = new AbortController();
    const promise = this.#attempt(entry, controller.signal).finally(() => this.#pending.delete(entry.address));
    const attempt = { controller, promise };
    this.#pending.set(entry.address, attempt);
    return attempt;
  }

  async #attempt(entry: HostEntry, signal: AbortSignal): Promise<Session> {
    const { address } = entry;
    const startedAt = Date.now();
    this.#workbench.update(address, { connection: { kind: "connecting", phase: "starting" } });
    let opened: OpenedHost;
    try {
      opened = await this.#open(entry, {
        signal,
        onPhase: (phase) => this.#workbench.update(address, { connection: { kind: "connecting", phase } }),
      });
    } catch (error) {
      this.#fail(address, error);
      throw error;
    }
    if (signal.aborted) {
      await opened.close();
      this.#workbench.update(address, { connection: { kind: "disconnected" } });
      throw new OpsError("cancelled", "Cancelled.");
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
    void opened.closed.then((reason) => {
      if (this.#sessions.get(address) !== opened) return;
      this.#sessions.delete(address);
      if (reason) this.#fail(address, reason);
      else this.#workbench.update(address, { connection: { kind: "disconnected" } });
    });
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
