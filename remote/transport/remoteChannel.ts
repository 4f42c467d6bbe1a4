import { Readable } from "node:stream";
import type { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { ClientChannel } from "ssh2";
import { OpsError } from "#core/opsError";
import type { ChannelExit, RemoteChannel } from "./transport.ts";

/** How much may wait unread on each output, in bytes. */
const unreadBytes = 1 << 20;
/** Twice ssh2's window: a server that keeps to the protocol cannot send as much unasked. */
const floodBytes = 4 << 20;

export interface Ssh2ChannelOptions {
  readonly maxStdoutBytes: number;
  /** Calls back when the connection ends, at once when it has ended already. */
  readonly onConnectionEnd: (listener: (reason: OpsError) => void) => () => void;
}

/** A command over a channel of ssh2. */
export class Ssh2Channel implements RemoteChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ChannelExit>;
  /** Settles when the server has closed the channel, even if its output still waits to be read. */
  readonly ended: Promise<void>;
  readonly #channel: ClientChannel;
  #failure: OpsError | undefined;

  constructor(channel: ClientChannel, options: Ssh2ChannelOptions) {
    this.#channel = channel;
    this.stdin = channel;
    this.stdout = this.#boundedStdout(options.maxStdoutBytes);
    this.stderr = drainedStderr(channel.stderr);
    this.#refuseFlood();
    // Writing to a channel that has just ended is an error event here, not an exception elsewhere.
    channel.on("error", () => {});
    channel.stderr.on("error", () => {});
    let code: number | undefined;
    let signal: string | undefined;
    channel.on("exit", (status: number | null, name?: string) => {
      code = status ?? undefined;
      signal = name;
    });
    let failure: OpsError | undefined;
    this.ended = new Promise((resolve) => {
      let unsubscribe = (): void => {};
      const settle = (reason: OpsError | undefined): void => {
        unsubscribe();
        failure ??= this.#failure ?? (code === undefined && signal === undefined ? reason : undefined);
        if (!this.stdout.destroyed) this.stdout.push(null);
        if (!this.stderr.destroyed) this.stderr.push(null);
        resolve();
      };
      // ssh2 keeps back the close of a channel while its output waits unread, even when the connection is gone.
      unsubscribe = options.onConnectionEnd(settle);
      channel.on("close", () => settle(undefined));
    });
    this.exited = this.ended.then(async () => {
      // A short command can end before its starter was even given the channel; let him begin to read.
      await setImmediate();
      await Promise.all([untilRead(this.stdout), untilRead(this.stderr)]);
      return {
        ...(code === undefined ? {} : { code }),
        ...(signal === undefined ? {} : { signal }),
        ...(failure === undefined ? {} : { failure }),
      };
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
    this.stdout.destroy();
    this.stderr.destroy();
  }

  /** ssh2 takes in whatever a server sends past the window, while the reader is told to wait. */
  #refuseFlood(): void {
    const channel = this.#channel;
    const push = channel.push.bind(channel);
    channel.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      if (chunk !== null && channel.readableLength + chunk.length > floodBytes && !channel.destroyed) {
        this.#fail(
          new OpsError("protocolViolation", "The server sends more than it was allowed to; its channel was closed."),
        );
        return false;
      }
      return push(chunk, encoding);
    };
  }

  #fail(failure: OpsError): void {
    this.#failure ??= failure;
    this.stdout.destroy(failure);
    this.close();
  }

  #boundedStdout(limit: number): Readable {
    const channel = this.#channel;
    const stdout = new Readable({ highWaterMark: unreadBytes, read: () => void channel.resume() });
    let total = 0;
    channel.on("data", (chunk: Buffer) => {
      total += chunk.length;
      if (total > limit) {
        this.#fail(
          new OpsError(
            "protocolViolation",
            `A command on the host printed more than ${limit} bytes; its channel was closed.`,
          ),
        );
      } else if (!stdout.push(chunk)) {
        channel.pause();
      }
    });
    // A consumer that only waits for `exited` must not bring the process down.
    stdout.on("error", () => {});
    return stdout;
  }
}

/** An unread standard error would stall the whole channel at ssh2's window of 2 MiB, so it is always read. */
function drainedStderr(source: Readable): Readable {
  const stderr = new Readable({ highWaterMark: unreadBytes, read: () => {} });
  source.on("data", (chunk: Buffer) => {
    if (stderr.readableLength < unreadBytes && !stderr.destroyed) stderr.push(chunk);
  });
  return stderr;
}

/** Settles when a stream has been read to its end; at once when nobody reads it. */
async function untilRead(stream: Readable): Promise<void> {
  if (stream.closed || (stream.readableFlowing === null && stream.listenerCount("readable") === 0)) return;
  await new Promise<void>((resolve) => stream.once("close", () => resolve()));
}
