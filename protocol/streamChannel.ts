import type { ByteChannel } from "./transport.ts";

/** The part of Node's streams that a channel needs, so that this folder stays free of Node's types. */
interface ReadableBytes {
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

interface WritableBytes {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** A channel over a pair of streams; an error of either is the end of both. */
export function streamChannel(input: ReadableBytes, output: WritableBytes): ByteChannel {
  const endListeners: (() => void)[] = [];
  let isEnded = false;
  const end = (): void => {
    if (isEnded) return;
    isEnded = true;
    for (const listener of endListeners) listener();
  };
  input.on("end", end);
  input.on("close", end);
  input.on("error", end);
  output.on("error", end);
  return {
    onData: (listener) => void input.on("data", listener),
    onEnd: (listener) => {
      if (isEnded) listener();
      else endListeners.push(listener);
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (isEnded) reject(new Error("The channel has ended."));
        else output.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    end: () => void output.end(),
  };
}
