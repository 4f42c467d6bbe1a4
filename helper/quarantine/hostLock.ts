import { randomUUID } from "node:crypto";
import fs from "node:fs";
import * as z from "zod/mini";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import { changeError } from "#helper/execute/changeError";
import { errorCode } from "#helper/execute/errorCode";
import { LiveProcess } from "#helper/execute/liveProcess";
import type { StateDirectory } from "./stateDirectory.ts";
import { removeIfPresent } from "./writeFileSafely.ts";

const holderSchema = z.object({
  token: z.string(),
  bootId: z.string(),
  pid: z.int(),
  startTime: z.int(),
  operator: z.string(),
  since: z.number(),
});

type Holder = z.infer<typeof holderSchema>;

/**
 * Runs an action that changes the host while nobody else does. The lock names its
 * holder by pid and start time, so one left by a crash is recognised and broken.
 * Throws an OpsError `locked` that says who holds it since when.
 */
export async function withHostLock<T>(
  state: StateDirectory,
  owner: { readonly operator: string; readonly bootId: string },
  action: () => Promise<T>,
): Promise<T> {
  const holder = takeLock(state, owner);
  try {
    return await action();
  } finally {
    const path = state.entry("lock");
    if (readHolder(path)?.token === holder.token) removeIfPresent(path);
  }
}

function takeLock(state: StateDirectory, owner: { readonly operator: string; readonly bootId: string }): Holder {
  const self = LiveProcess.open(process.pid);
  const startTime = self?.stat()?.startTime ?? 0;
  self?.close();
  const holder: Holder = { token: randomUUID(), ...owner, pid: process.pid, startTime, since: Date.now() };
  const path = state.entry("lock");
  // Written whole under another name and then linked: a reader never sees half a lock.
  const draft = state.entry(`lock.${holder.token}`);
  try {
    fs.writeFileSync(draft, JSON.stringify(holder), { mode: 0o600, flag: "wx" });
  } catch (error) {
    removeIfPresent(draft);
    throw changeError(error, "Locking this host for changes");
  }
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (linkIfFree(draft, path)) return holder;
      const present = readHolder(path);
      if (present !== undefined && isAlive(present, owner.bootId)) throw lockedBy(present);
      breakLock(state, path, present);
    }
    throw new OpsError("locked", "Several helpers compete for this host; nothing was changed. Try again.");
  } finally {
    removeIfPresent(draft);
  }
}

function linkIfFree(draft: Buffer, path: Buffer): boolean {
  try {
    fs.linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves a stale lock aside; if another helper took the place meanwhile, gives its lock back. */
function breakLock(state: StateDirectory, path: Buffer, seen: Holder | undefined): void {
  const aside = state.entry(`lock.stale.${randomUUID()}`);
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  if (readHolder(aside)?.token !== seen?.token) linkIfFree(aside, path);
  removeIfPresent(aside);
}

function readHolder(path: Buffer): Holder | undefined {
  try {
    const holder = z.safeParse(holderSchema, JSON.parse(fs.readFileSync(path, "utf8")));
    return holder.success ? holder.data : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder, bootId: string): boolean {
  if (holder.bootId !== bootId) return false;
  const live = LiveProcess.open(holder.pid);
  const isSame = live?.stat()?.startTime === holder.startTime;
  live?.close();
  return isSame;
}

function lockedBy(holder: Holder): OpsError {
  const since = new Date(holder.since).toISOString();
  const operator = showText(holder.operator, 100);
  return new OpsError("locked", `${operator} is acting on this host since ${since}; nothing was changed.`, {
    nextStep: "Wait until it is done, look at the journal, and plan again.",
    data: { operator, since, pid: String(holder.pid) },
  });
}
