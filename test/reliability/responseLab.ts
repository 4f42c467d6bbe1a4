import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ownership } from "#core/facts/facts";
import type { ExecutionContext } from "#helper/execute/context";
import { LiveProcess } from "#helper/execute/liveProcess";
import { readBootId, Responder } from "#helper/execute/responder";

/** A folder, a responder and processes for one test; `end` takes all of it away. */
export class ResponseLab {
  readonly folder: string;
  readonly stateDir: string;
  readonly log: string[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #pids: { readonly pid: number; readonly startTime: number }[] = [];

  constructor(name: string) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), `countermine-${name}-`)));
    chmodSync(this.folder, 0o755);
    this.stateDir = join(this.folder, "state");
  }

  context(changes: Partial<ExecutionContext> = {}): ExecutionContext {
    return {
      stateDir: this.stateDir,
      operator: "tester@bench",
      host: { id: "0".repeat(32), name: "bench", bootId: readBootId() },
      ownership: { ownerOf: fakeOwner },
      log: (message) => this.log.push(message),
      ...changes,
    };
  }

  responder(changes: Partial<ExecutionContext> = {}): Responder {
    return new Responder(this.context(changes));
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  mkdir(name: string, mode = 0o755): string {
    mkdirSync(this.path(name), { recursive: true });
    chmodSync(this.path(name), mode);
    return this.path(name);
  }

  /** A harmless program of its own inode that sleeps; what a miner is to the executor. */
  program(name = "miner"): string {
    copyFileSync("/usr/bin/sleep", this.path(name));
    // Its own digest, so that other programs on the machine are not taken for it.
    appendFileSync(this.path(name), this.folder);
    chmodSync(this.path(name), 0o755);
    return this.path(name);
  }

  /** Starts a program that the lab stops at the end. */
  async start(path: string, argv: readonly string[] = ["600"]): Promise<number> {
    const child = spawn(path, argv, { stdio: "ignore", detached: true, cwd: "/" });
    this.#children.push(child);
    const { pid } = child;
    if (pid === undefined) throw new Error(`${path} did not start`);
    this.remember(pid);
    await sleep(20);
    return pid;
  }

  /** Has a process that something else started stopped at the end, if it is still the same one then. */
  remember(pid: number): void {
    const live = LiveProcess.open(pid);
    const startTime = live?.stat()?.startTime;
    live?.close();
    if (startTime !== undefined) this.#pids.push({ pid, startTime });
  }

  async end(): Promise<void> {
    for (const { pid, startTime } of this.#pids) {
      const live = LiveProcess.open(pid);
      if (live?.stat()?.startTime === startTime) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          continue;
        } finally {
          live.close();
        }
      } else live?.close();
    }
    await sleep(20);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** State letter of a process; undefined when nothing has the pid. */
export function stateOf(pid: number): string | undefined {
  const live = LiveProcess.open(pid);
  const state = live?.stat()?.state;
  live?.close();
  return state;
}

export function isRunning(pid: number): boolean {
  const state = stateOf(pid);
  return state !== undefined && !"ZX".includes(state);
}

/** As a package database would answer on this machine: the system's folders are packaged, the rest is not. */
export function fakeOwner(path: string): Ownership {
  if (!/^\/(usr|bin|sbin|lib)\//.test(path) || path.startsWith("/usr/local/")) return "unowned";
  return existsSync(Buffer.from(path, "latin1")) ? { manager: "dpkg", package: "stub", digest: "intact" } : "unowned";
}

/** Why a test that needs root can't run here; undefined when it can. */
export function whyNotRoot(): string | undefined {
  return process.geteuid?.() === 0 ? undefined : "needs root";
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Waits up to five seconds for a simulator. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    if (condition()) return;
    await sleep(25);
  }
  throw new Error("the simulator did not get ready");
}
