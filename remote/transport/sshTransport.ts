import { OpsError } from "#core/opsError";
import type { ResolvedHop } from "../config/resolvedHost.ts";
import { ChannelSlots } from "./channelSlots.ts";
import { connectionLost } from "./connectionErrors.ts";
import type { OpenHop } from "./openHopConnection.ts";
import { Ssh2Channel } from "./remoteChannel.ts";
import type { ExecOptions, RemoteChannel, Transport, TransportInfo } from "./transport.ts";

/** A {@link Transport} over ssh2: the target's connection and those that carry it. */
export class SshTransport implements Transport {
  readonly info: TransportInfo;
  readonly #target: OpenHop;
  readonly #way: readonly OpenHop[];
  readonly #slots = new ChannelSlots();

  /** @param way the open hops in the order in which they were connected, the target last */
  constructor(target: ResolvedHop, way: readonly OpenHop[]) {
    const last = way.at(-1);
    if (last === undefined) throw new OpsError("bug", "A transport needs at least one hop.");
    this.#target = last;
    this.#way = way;
    this.info = {
      host: target.alias,
      user: target.user,
      hostName: target.hostName,
      port: target.port,
      hops: way.map((hop) => hop.info),
    };
    // Jump hosts are of no use without the target.
    last.onClosed(() => {
      for (const hop of way.slice(0, -1)) void hop.close();
    });
  }

  get isClosed(): boolean {
    return this.#target.isClosed;
  }

  onClosed(listener: (reason: OpsError | undefined) => void): () => void {
    return this.#target.onClosed(listener);
  }

  async exec(command: string, options: ExecOptions = {}): Promise<RemoteChannel> {
    const { signal } = options;
    const { where } = this.#target;
    if (isAborted(signal)) throw cancelled(where);
    try {
      const { channel, release } = await this.#slots.open(
        async () => this.#open(command, options),
        isChannelRefusal,
        options.openTimeoutMs ?? 30_000,
        signal,
      );
      void channel.ended.then(release);
      return channel;
    } catch (error) {
      if (isAborted(signal)) throw cancelled(where);
      if (OpsError.is(error)) throw error;
      if (this.#target.isClosed) throw this.#target.reason ?? ended(where);
      throw new OpsError("refused", `${where} would not start a command.`, {
        nextStep: "Look for ForceCommand, a restricted shell or a full process table on the host.",
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    await this.#target.close();
    await Promise.all(this.#way.map(async (hop) => hop.close()));
  }

  async #open(command: string, options: ExecOptions): Promise<Ssh2Channel> {
    const { signal } = options;
    const { where } = this.#target;
    return new Promise((resolve, reject) => {
      if (this.#target.isClosed) {
        reject(this.#target.reason ?? ended(where));
        return;
      }
      let isAbandoned = false;
      const onAbort = (): void => {
        isAbandoned = true;
        reject(cancelled(where));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      try {
        this.#target.client.exec(command, (error, channel) => {
          signal?.removeEventListener("abort", onAbort);
          if (error) {
            reject(error);
            return;
          }
          // In this very turn: the status of a short command arrives together with its channel.
          const started = new Ssh2Channel(channel, {
            maxStdoutBytes: options.maxStdoutBytes ?? Number.POSITIVE_INFINITY,
            onConnectionEnd: (listener) => this.#target.onClosed((reason) => listener(reason ?? ended(where))),
          });
          if (isAbandoned) started.close();
          else resolve(started);
        });
      } catch (error) {
        signal?.removeEventListener("abort", onAbort);
        reject(connectionLost(where, error instanceof Error ? error : undefined));
      }
    });
  }
}

/** ssh2 tells the server's refusal to open a channel by the start of the message, and by `reason`. */
function isChannelRefusal(error: unknown): boolean {
  return error instanceof Error && "reason" in error && error.message.startsWith("(SSH) Channel open failure");
}

/** A function, because the answer changes while the compiler thinks it has been checked. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function cancelled(where: string): OpsError {
  return new OpsError("cancelled", `The command on ${where} was cancelled.`);
}

function ended(where: string): OpsError {
  return new OpsError("connectionLost", `The connection to ${where} was closed.`, { nextStep: "Reconnect." });
}
