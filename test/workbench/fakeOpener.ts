import { OpsError } from "#core/opsError";
import type { HostOpener } from "#extension/hosts/connections";
import type { OpenedHost } from "#remote/openHost";
import type { Session } from "#remote/session";

/** A session as far as the workbench looks at it before the first request. */
export function fakeSession(isClosed: () => boolean = () => false): Session {
  const fields = {
    client: {
      get isClosed() {
        return isClosed();
      },
    },
    host: { wallMs: Date.now() },
    handshake: { unsettled: 0 },
    probe: {
      machine: "x86_64",
      kernel: "6.1.0-13-amd64",
      libc: "glibc 2.36",
      user: "ops",
      freeKiB: 2 ** 22,
      freeMemoryKiB: 2 ** 20,
      elevation: { kind: "none", reason: "noSudo" },
    },
    isRoot: true,
    runtime: "pack",
  };
  return fields as unknown as Session;
}

/** One call of the opener, settled by the test. */
export class OpenCall {
  readonly address: string;
  readonly signal: AbortSignal;
  readonly phase: (phase: string) => void;
  readonly promise: Promise<OpenedHost>;
  isOpen = false;
  #resolve: (opened: OpenedHost) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #end: (reason: OpsError | undefined) => void = () => undefined;
  #isSettled = false;

  constructor(address: string, signal: AbortSignal, phase: (phase: string) => void) {
    this.address = address;
    this.signal = signal;
    this.phase = phase;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal.addEventListener("abort", () => this.fail(new OpsError("cancelled", "Cancelled.")), { once: true });
  }

  succeed(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.isOpen = true;
    const closed = new Promise<OpsError | undefined>((resolve) => (this.#end = resolve));
    this.#resolve({
      session: fakeSession(() => !this.isOpen),
      closed,
      close: () => {
        this.end(undefined);
        return Promise.resolve();
      },
    });
  }

  fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#reject(error);
  }

  /** The other end goes away. */
  end(reason: OpsError | undefined): void {
    this.isOpen = false;
    this.#end(reason);
  }
}

/** An opener that does nothing until the test says so, and remembers every call. */
export function fakeOpener(onCall: (call: OpenCall) => void = () => undefined): {
  readonly open: HostOpener;
  readonly calls: readonly OpenCall[];
} {
  const calls: OpenCall[] = [];
  return {
    calls,
    open: (entry, { signal, onPhase }) => {
      const call = new OpenCall(entry.address, signal, onPhase);
      calls.push(call);
      onCall(call);
      return call.promise;
    },
  };
}
