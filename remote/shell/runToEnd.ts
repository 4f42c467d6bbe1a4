import { OpsError } from "#core/opsError";
import type { ExitStatus, Shell } from "./shell.ts";

export interface Finished extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a short command and collects its output.
 * @throws OpsError `timedOut`, `cancelled`, or what starting the channel throws
 */
export async function runToEnd(
  shell: Shell,
  command: string,
  options: { readonly timeoutMs: number; readonly limitBytes: number; readonly signal?: AbortSignal },
): Promise<Finished> {
  const channel = await shell.exec(command);
  let stdout = "";
  let stderr = "";
  channel.stdin.end();
  channel.stdout.on("data", (chunk: Buffer) => {
    if (stdout.length < options.limitBytes) stdout += chunk.toString("latin1", 0, options.limitBytes - stdout.length);
  });
  channel.stderr.on("data", (chunk: Buffer) => {
    if (stderr.length < 65_536) stderr += chunk.toString("latin1", 0, 65_536 - stderr.length);
  });
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new OpsError(
            "timedOut",
            `The login shell did not finish a short command within ${options.timeoutMs / 1000} seconds. Nothing was changed.`,
            {
              nextStep: "Look at the start-up files of the account (.bashrc, .profile) and at the load of the host.",
            },
          ),
        ),
      options.timeoutMs,
    );
    onAbort = () => reject(new OpsError("cancelled", "Cancelled."));
    options.signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const status = await Promise.race([channel.exited, interrupted]);
    return { ...status, stdout, stderr };
  } catch (error) {
    channel.close();
    throw error;
  } finally {
    clearTimeout(timer);
    if (onAbort) options.signal?.removeEventListener("abort", onAbort);
  }
}
