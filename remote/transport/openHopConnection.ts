import type { Duplex } from "node:stream";
import type { Client, NegotiatedAlgorithms } from "ssh2";
import { OpsError } from "#core/opsError";
import type { ResolvedHop } from "../config/resolvedHost.ts";
import { connectionLost } from "./connectionErrors.ts";
import type { HopInfo } from "./transport.ts";

export interface OpenHopFacts {
  readonly hop: ResolvedHop;
  readonly where: string;
  readonly banner: string;
  readonly negotiated: NegotiatedAlgorithms;
  readonly fingerprint: string;
  readonly keyType: string;
}

/** A connection to one SSH server, verified and logged in. */
export class OpenHop {
  readonly client: Client;
  readonly info: HopInfo;
  readonly where: string;
  readonly #stream: Duplex;
  #isClosing = false;
  #isClosed = false;
  #error: Error | undefined;
  #listeners: ((reason: OpsError | undefined) => void)[] = [];

  constructor(client: Client, stream: Duplex, facts: OpenHopFacts) {
    this.client = client;
    this.#stream = stream;
    this.where = facts.where;
    this.info = {
      host: facts.hop.alias,
      fingerprint: facts.fingerprint,
      keyType: facts.keyType,
      keyExchange: facts.negotiated.kex,
      cipher: facts.negotiated.cs.cipher,
      mac: facts.negotiated.cs.mac,
      banner: facts.banner,
      notes: facts.hop.notes,
    };
    client.on("error", (error) => {
      this.#error ??= error;
    });
    client.on("close", () => this.#onClose());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Why the connection ended; undefined while it lives and after `close()`. */
  get reason(): OpsError | undefined {
    return this.#isClosed && !this.#isClosing ? connectionLost(this.where, this.#error) : undefined;
  }

  onClosed(listener: (reason: OpsError | undefined) => void): () => void {
    if (this.#isClosed) {
      listener(this.reason);
      return () => {};
    }
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** A byte stream through this server to another one; it is closed at once when the signal came first. */
  async forward(host: string, port: number, where: string, signal: AbortSignal): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void =>
        reject(
          this.reason ??
            new OpsError("hostUnreachable", `${this.where} could not reach ${where}, or may not forward to it.`, {
              nextStep: "Check the name and port as the jump host sees them, and its AllowTcpForwarding.",
              data: { reason: "forward" },
              cause,
            }),
        );
      try {
        this.client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
          if (error) fail(error);
          else if (signal.aborted) channel.on("error", () => {}).destroy();
          else resolve(channel);
        });
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Says goodbye, and cuts the connection if the server has not closed it within a second. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#stream.destroy();
        // A channel of a dead jump host never reports its end.
        this.#onClose();
      }, 1000);
      this.onClosed(() => {
        clearTimeout(timer);
        resolve();
      });
      this.client.end();
    });
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener(this.reason);
  }
}
