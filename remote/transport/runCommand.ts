import { OpsError } from "#core/opsError";
import type { RunOptions, RunResult, Transport } from "./transport.ts";

/**
 * Runs a command to its end and collects its output up to the limits; what is beyond is
 * read and dropped, so that the command can end.
 * @throws OpsError as `Transport.exec`, `timedOut` when the command does not end in time
 */
export async function collectRun(
  transport: Pick<Transport, "exec" | "info">,
  command: string,
  options: RunOptions,
): Promise<RunResult> {
  const channel = await transport.exec(command, options.signal === undefined ? {} : { signal: options.signal });
  const stdout = new Collector(options.maxStdoutBytes ?? 1 << 20);
  const stderr = new Collector(options.maxStderrBytes ?? 64 << 10);
  channel.stdout.on("data", (chunk: Buffer) => stdout.take(chunk));
  channel.onStderr((chunk) => stderr.take(chunk));
  channel.stdin.end(options.stdin ?? "");

  const timeoutMs = options.timeoutMs ?? 60_000;
  const { host } = transport.info;
  const exit = await new Promise<Awaited<typeof channel.exit>>((resolve, reject) => {
    const stop = (error: OpsError): void => {
      reject(error);
      channel.close();
    };
    const timer = setTimeout(
      () => stop(new OpsError("timedOut", `A command on ${host} did not end within ${timeoutMs / 1000} s.`)),
      timeoutMs,
    );
    const onAbort = (): void => stop(new OpsError("cancelled", `The command on ${host} was cancelled.`));
    options.signal?.addEventListener("abort", onAbort, { once: true });
    channel.exit.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
    });
  });
  return {
    ...exit,
    stdout: stdout.content(),
    stderr: stderr.content(),
    isTruncated: stdout.isTruncated || stderr.isTruncated,
  };
}

class Collector {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  isTruncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(chunk: Buffer): void {
    const room = this.#limit - this.#length;
    if (chunk.length > room) this.isTruncated = true;
    if (room <= 0) return;
    this.#chunks.push(chunk.subarray(0, room));
    this.#length += Math.min(room, chunk.length);
  }

  content(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
