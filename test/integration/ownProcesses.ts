import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program that a test started, by pid; everything is ended by {@link OwnProcesses.end}. */
export interface OwnProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, read apart from the code under test. */
  readonly startTime: number;
}

/** Starts harmless programs that behave like something, in a folder of their own. */
export class OwnProcesses {
  readonly folder = mkdtempSync(join(tmpdir(), "countermine-own-"));
  readonly #children: ChildProcess[] = [];

  /** Starts a program and returns when it runs the wanted file, not the fork of this one. */
  async start(
    path: string,
    parameters: readonly string[],
    options: { readonly argv0?: string; readonly cwd?: string; readonly comm?: string } = {},
  ): Promise<OwnProcess> {
    const child = spawn(path, parameters, {
      stdio: ["ignore", "pipe", "ignore"],
      cwd: options.cwd ?? this.folder,
      ...(options.argv0 === undefined ? {} : { argv0: options.argv0 }),
    });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    this.#children.push(child);
    const { pid } = child;
    if (pid === undefined) throw new Error(`${path} did not start`);
    return { pid, startTime: startTimeOf(pid) };
  }

  /** Starts a Perl program and returns after it printed a line, which says that it has set itself up. */
  async startPerl(
    program: string,
    parameters: readonly string[] = [],
  ): Promise<OwnProcess & { readonly line: string }> {
    const own = await this.start("/usr/bin/perl", ["-e", `$| = 1; ${program}`, ...parameters]);
    const child = this.#children.at(-1);
    const line = await new Promise<string>((resolve, reject) => {
      child?.stdout?.once("data", (data: Buffer) => resolve(data.toString("latin1").trim()));
      child?.once("exit", (code) => reject(new Error(`the Perl program ended with ${code}`)));
    });
    return { ...own, line };
  }

  async end(): Promise<void> {
    for (const child of this.#children) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const hasPerl = existsSync("/usr/bin/perl");

export const isRoot = process.geteuid?.() === 0;

/** Whether this machine lets a test have a mount namespace of its own. */
export function hasNamespaces(): boolean {
  return isRoot && spawnSync("unshare", ["--mount", "true"]).status === 0;
}

function startTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
}
