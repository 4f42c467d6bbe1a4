import { spawn } from "node:child_process";

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; 128 + n when signal n ended it. */
  readonly code: number;
}

export interface CommandOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** How the output is read; `latin1` keeps every byte as one character. Default utf8. */
  readonly encoding?: "utf8" | "latin1";
  /** After this many milliseconds the command is killed and the call rejects. */
  readonly timeoutMs?: number;
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a fixed argv without a shell and collects what it printed.
 * Resolves with any exit status; rejects when the program cannot be started or when the time is over.
 * A background child that keeps stdout open does not hold the call: it resolves
 * a moment after the command itself has ended.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = "", ...parameters] = argv;
  return await new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const chunks: { readonly stdout: Buffer[]; readonly stderr: Buffer[] } = { stdout: [], stderr: [] };
    let isSettled = false;
    const timers: NodeJS.Timeout[] = [];
    const settle = (finish: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      for (const timer of timers) clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      finish();
    };
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      const status = code ?? 128 + (signalNumbers[signal ?? ""] ?? 0);
      settle(() => {
        const read = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString(options.encoding ?? "utf8");
        resolve({ stdout: read(chunks.stdout), stderr: read(chunks.stderr), code: status });
      });
    };
    child.stdout?.on("data", (chunk: Buffer) => chunks.stdout.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => chunks.stderr.push(chunk));
    child.on("error", (error) => settle(() => reject(error)));
    child.on("close", finish);
    child.on("exit", (code, signal) => timers.push(setTimeout(() => finish(code, signal), 150)));
    if (options.timeoutMs !== undefined) {
      const late = (): void => {
        child.kill("SIGKILL");
        settle(() => reject(new Error(`${argv.join(" ")} took longer than ${options.timeoutMs} ms`)));
      };
      timers.push(setTimeout(late, options.timeoutMs));
    }
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input);
  });
}

/** As runCommand, but a status other than 0 rejects with what the command said. */
export async function mustRun(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await runCommand(argv, options);
  if (result.code === 0) return result.stdout;
  throw new Error(`${argv.join(" ")} ended with ${result.code}: ${result.stderr}${result.stdout}`.slice(0, 4000));
}
