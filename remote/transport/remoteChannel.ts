import { Readable } from "node:stream";
import type { Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { OpsError } from "#core/opsError";
import type { ChannelExit, RemoteChannel } from "./transport.ts";

/** How much may wait unread on each output, in bytes. */
const unreadBytes = 1 << 20;

export interface Ssh2ChannelOptions {
  readonly maxStdoutBytes: number;
  /** Calls back when the connection ends, at once when it has ended already. */
  readonly onConnectionEnd: (listener: (reason: OpsError) => void) => () => void;
  /** Called once when the channel is closed on both sides. */
  readonly onClosed: () => void;
}

/** A command over a channel of ssh2. */
export class Ssh2Channel implements RemoteChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ChannelExit>;
  readonly #channel: ClientChannel;
  #failure: OpsError | undefined;

  constructor(channel: ClientChannel, options: Ssh2ChannelOptions) {
    this.#channel = channel;
    this.stdin = channel;
    this.stdout = this.#boundedStdout(options.maxStdoutBytes);
    this.stderr = drainedStderr(channel.stderr);
    // Writing to a channel that has just ended is an error event here, not an exception elsewhere.
    channel.on("error", () => {});
    channel.stderr.on("error", () => {});
    let code: number | undefined;
    let signal: string | undefined;
    channel.on("exit", (status: number | null, name?: string) => {
      code = status ?? undefined;
      signal = name;
    });
    this.exited = new Promise((resolve) => {
      let unsubscribe = (): void => {};
      const settle = (failure: OpsError | undefined): void => {
        unsubscribe();
        if (!this.stdout.destroyed) this.stdout.push(null);
        resolve({
          ...(code === undefined ? {} : { code }),
          ...(signal === undefined ? {} : { signal }),
          ...(failure === undefined ? {} : { failure }),
        });
        options.onClosed();
      };
      // ssh2 keeps back the close of a channel while its output waits unread, even when the connection is gone.
      unsubscribe = options.onConnectionEnd((reason) =>
        settle(code === undefined && signal === undefined ? (this.#failure ?? reason) : this.#failure),
      );
      channel.on("close", () => settle(this.#failure));
    });
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

  #boundedStdout(limit: number): Readable {
    const channel = this.#channel;
    const stdout = new Readable({ highWaterMark: unreadBytes, read: () => void channel.resume() });
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
    // A consumer that only waits for `exited` must not bring the process down.
    stdout.on("error", () => {});
    return stdout;
  }
}

/** An unread standard error would stall the whole channel at ssh2's window of 2 MiB, so it is always read. */
function drainedStderr(source: Readable): Readable {
  const stderr = new Readable({ highWaterMark: unreadBytes, read: () => {} });
  source.on("data", (chunk: Buffer) => {
    if (stderr.readableLength < unreadBytes) stderr.push(chunk);
  });
  source.on("end", () => stderr.push(null));
  source.on("close", () => {
    if (!stderr.readableEnded) stderr.push(null);
  });
  return stderr;
}
