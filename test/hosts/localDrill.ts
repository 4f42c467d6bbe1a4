import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { servePool } from "./lab/labServices.ts";
import { labCachePath } from "./lab/paths.ts";
import { identifyProcess, isAlive, killProcess, type ProcessIdentity } from "./lab/processIdentity.ts";
import { ensureSimulators } from "./sims/ensureSimulators.ts";

export interface LocalDrill {
  readonly kind: "local";
  /** Why there is no host of its own. */
  readonly reason: string;
  /** What runs now; the watchdog pair replaces what is killed. */
  readonly pids: () => readonly number[];
  /** Everything the drill wrote; stop removes it. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

export interface LocalDrillOptions {
  readonly reason: string;
  /** Life time of the simulators, in case nobody stops them. Default 900. */
  readonly seconds?: number;
  /** `node`: as on a machine without a C compiler. By default the compiled burner, when it can be had. */
  readonly burner?: "compiled" | "node";
}

interface DrillRecord {
  readonly owner: ProcessIdentity | undefined;
  readonly processes: readonly ProcessIdentity[];
}

const dutyPercent = 5;
const recordName = "drill.json";

/**
 * The drill of machines that give no root and no namespaces: the same simulators as plain processes of the
 * current user, in one folder under the cache, with little CPU, and a fake pool on loopback.
 */
export async function startLocalDrill(options: LocalDrillOptions): Promise<LocalDrill> {
  const parent = join(labCachePath(), "drill");
  mkdirSync(parent, { recursive: true });
  await reapLocalDrills(parent);
  const folder = mkdtempSync(join(parent, "host-"));
  const pool = await startPool();
  const processes: ProcessIdentity[] = [];
  const seconds = options.seconds ?? 900;
  const environment = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    LAB_DUTY: `${dutyPercent}`,
    LAB_SECONDS: `${seconds}`,
  };
  const run = (argv: readonly string[], extra: Readonly<Record<string, string>>): void => {
    const [program = "", ...parameters] = argv;
    const child = spawn(program, parameters, {
      cwd: folder,
      detached: true,
      stdio: "ignore",
      env: { ...environment, LAB_POOL: pool.address, ...extra },
    });
    child.unref();
    const identity = identifyProcess(child.pid ?? 0);
    if (identity !== undefined) processes.push(identity);
    saveRecord(folder, processes);
  };
  const burner = await prepareBurner(folder, options.burner ?? "compiled");
  const stop = async (): Promise<void> => {
    pool.close();
    await removeDrill(folder, processes);
  };
  try {
    run([...burner("xmrig"), "-o", pool.address, "-u", "4SIMULATED.rig", "--donate-level", "1", "-a", "rx/0"], {});
    const title = { LAB_TITLE: "[kworker/1:2-events]", LAB_COMM: "kworker/1:2", LAB_HIDE: "1" };
    run([...burner(".k"), "--------------------"], title);
    run([...burner("dbus-broker"), "--system"], {});
    startWatchdogs(folder, burner, seconds, run);
    await sleep(700);
    rmSync(join(folder, "dbus-broker"));
  } catch (error) {
    await stop();
    throw error;
  }
  const pids = (): readonly number[] => {
    const alive = [...processes, ...pairProcesses(folder)].filter(isAlive);
    return [...new Set(alive.map(({ pid }) => pid))];
  };
  return { kind: "local", reason: options.reason, pids, folder, stop };
}

type Burner = (name: string) => readonly string[];

/** Gives a command line for a burner of any name in the folder. */
async function prepareBurner(folder: string, kind: "compiled" | "node"): Promise<Burner> {
  const compiled = kind === "node" ? undefined : await ensureSimulators().catch(() => undefined);
  return (name) => {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    copyFileSync(compiled?.burner ?? process.execPath, path);
    chmodSync(path, 0o755);
    return compiled === undefined ? [path, join(import.meta.dirname, "sims/burner.cjs")] : [path];
  };
}

function startWatchdogs(
  folder: string,
  burner: Burner,
  seconds: number,
  run: (argv: readonly string[], extra: Readonly<Record<string, string>>) => void,
): void {
  const pair = join(folder, ".font-unix");
  const [, ...parameters] = burner(".font-unix/syshealth");
  copyFileSync(join(pair, "syshealth"), join(pair, ".copy"));
  copyFileSync(join(import.meta.dirname, "sims/watchdog.sh"), join(pair, "sysguard"));
  const end = Math.floor(Date.now() / 1000) + seconds;
  run(["sh", join(pair, "sysguard"), pair, "a", String(end)], { LAB_PROGRAM: parameters.join(" ") });
}

/** The pair writes its pids down; a pid counts only while its process names this drill's folder. */
function pairProcesses(folder: string): readonly ProcessIdentity[] {
  const pair = join(folder, ".font-unix");
  return [".a", ".b", ".m"].flatMap((name) => {
    const identity = identifyProcess(Number(readText(join(pair, name))));
    if (identity === undefined || !readText(`/proc/${identity.pid}/cmdline`).includes(pair)) return [];
    return [identity];
  });
}

/** The watchdogs start each other again, so the pair is killed until none of it comes back. */
async function removeDrill(folder: string, processes: readonly ProcessIdentity[]): Promise<void> {
  for (const process of processes) killProcess(process);
  for (let quiet = 0, rounds = 0; quiet < 3 && rounds < 60; rounds += 1) {
    const pair = pairProcesses(folder);
    for (const process of pair) killProcess(process);
    quiet = pair.length === 0 ? quiet + 1 : 0;
    await sleep(50);
  }
  rmSync(folder, { recursive: true, force: true });
}

async function reapLocalDrills(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const record = readRecord(join(parent, name));
    const isDead = record !== undefined && (record.owner === undefined || !isAlive(record.owner));
    if (isDead) await removeDrill(join(parent, name), record.processes);
  }
}

/** Undefined when another drill is just writing its record. */
function readRecord(folder: string): DrillRecord | undefined {
  try {
    return JSON.parse(readText(join(folder, recordName))) as DrillRecord;
  } catch {
    return undefined;
  }
}

function saveRecord(folder: string, processes: readonly ProcessIdentity[]): void {
  const record: DrillRecord = { owner: identifyProcess(process.pid), processes };
  writeFileSync(join(folder, recordName), JSON.stringify(record));
}

async function startPool(): Promise<{ readonly address: string; readonly close: () => void }> {
  const clients = new Set<net.Socket>();
  const server = net.createServer((client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    servePool(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no loopback port for the fake pool");
  const close = (): void => {
    server.close();
    for (const client of clients) client.destroy();
  };
  return { address: `127.0.0.1:${address.port}`, close };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
