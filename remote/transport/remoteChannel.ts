import { Readable } from "node:stream";
import type { Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { OpsError } from "#core/opsError";
import type { ChannelExit, RemoteChannel } from "./transport.ts";

const stderrTailBytes = 16 << 10;
const unreadBytes = 1 << 20;

export interface Ssh2ChannelOptions {
  readonly maxStdoutBytes: number;
  /** Why the connection ended, when it did. */
  readonly connectionError: () => OpsError | undefined;
  /** Called once when the channel is closed on both sides. */
  readonly onClosed: () => void;
}

/** A command over a channel of ssh2. */
export class Ssh2Channel implements RemoteChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly exit: Promise<ChannelExit>;
  readonly #channel: ClientChannel;
  readonly #stderrListeners: ((chunk: Buffer) => void)[] = [];
  #early: Buffer[] = [];
  #stderrTail: Buffer = Buffer.alloc(0);
  #failure: OpsError | undefined;
  #settle: { resolve: (exit: ChannelExit) => void; reject: (error: OpsError) => void } | undefined;
  #code: number | undefined;
  #signal: string | undefined;

  constructor(channel: ClientChannel, options: Ssh2ChannelOptions) {
    this.#channel = channel;
    this.stdin = channel;
    this.stdout = this.#boundedStdout(options.maxStdoutBytes);
    this.exit = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Nobody has to look at the end of a channel.
    this.exit.catch(() => {});
    // Writing to a channel that has just ended is an error event here, not an exception elsewhere.
    channel.on("error", () => {});
    channel.stderr.on("error", () => {});
    channel.stderr.on("data", (chunk: Buffer) => this.#takeStderr(chunk));
    channel.on("exit", (code: number | null, signal?: string) => {
      this.#code = code ?? undefined;
      this.#signal = signal;
    });
    channel.on("close", () => {
      const failure = this.#failure ?? (this.#hasEnded() ? undefined : options.connectionError());
      if (failure) this.#settle?.reject(failure);
      else this.#settle?.resolve({ code: this.#code, signal: this.#signal });
      this.stdout.push(null);
      options.onClosed();
    });
  }

  onStderr(listener: (chunk: Buffer) => void): void {
    this.#stderrListeners.push(listener);
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) listener(chunk);
  }

  stderrTail(): Buffer {
    return this.#stderrTail;
  }

  signal(name: string): void {
    this.#channel.signal(name);
  }

  close(): void {
    // ssh2 reports the close only after everything was read, so the rest is thrown away.
    this.#channel.removeAllListeners("data");
    this.#channel.resume();
    this.#channel.destroy();
  }

  #hasEnded(): boolean {
    return this.#code !== undefined || this.#signal !== undefined;
  }

  #takeStderr(chunk: Buffer): void {
    const tail = Buffer.concat([this.#stderrTail, chunk]);
    // A copy, so that a long output is not kept alive by its last bytes.
    this.#stderrTail = Buffer.from(tail.subarray(Math.max(0, tail.length - stderrTailBytes)));
    if (this.#stderrListeners.length > 0) for (const listener of this.#stderrListeners) listener(chunk);
    else if (this.#early.reduce((sum, piece) => sum + piece.length, 0) < stderrTailBytes) this.#early.push(chunk);
  }

  #boundedStdout(limit: number): Readable {
    const channel = this.#channel;
    const stdout = new Readable({ highWaterMark: unreadBytes, read: () => channel.resume() });
    let total = 0;
    channel.on("data", (chunk: Buffer) => {
      total += chunk.length;
      if (total > limit) {
        this.#failure = new OpsError(
          "protocolViolation",
          `A command on the host printed more than ${limit} bytes; its channel was closed.`,
        );
        this.close();
        stdout.destroy(this.#failure);
      } else if (!stdout.push(chunk)) {
        channel.pause();
      }
    });
    channel.on("end", () => stdout.push(null));
    // A consumer that only waits for `exit` must not bring the process down.
    stdout.on("error", () => {});
    return stdout;
  }
}
