import { setTimeout as sleep } from "node:timers/promises";
import type { Respawn, WatchStep } from "#core/plans/plan";
import type { ProcessKey } from "#core/facts/process";
import { processKey } from "#core/facts/process";
import { showBytes } from "#core/text/showBytes";
import type { OwnershipLookup } from "#helper/policy/ownershipLookup";
import { digestOf } from "#helper/quarantine/container";
import { isDead } from "./processStat.ts";
import type { ProcessStat } from "./processStat.ts";
import { LiveProcess, listPids, readStat } from "./liveProcess.ts";
import { openQuietly } from "./openQuietly.ts";
import { showArgv } from "./showArgv.ts";
import { isSharedProgram } from "./treeMembership.ts";

export interface WatchOutcome {
  readonly respawned: readonly Respawn[];
  readonly isCut: boolean;
}

const intervalMs = 500;
/** Every so many rounds, programs that were judged before are looked at again: an old process may exec. */
const fullRound = 10;
/** A young process may still exec what it was forked for. */
const youngRounds = 4;
const sampleLimit = 256 * 2 ** 20;

/**
 * Looks for what was killed coming back: the same executable content, or the same
 * command line. Each is reported once, with its parent as the next lead; nothing is
 * killed here, so that a misjudged respawner is never fought in a loop.
 * @param sizes sizes in bytes of what the digests stand for; others are not read at all. Empty means unknown
 */
export async function watchForRespawn(
  step: WatchStep,
  sizes: ReadonlySet<string>,
  ownership: OwnershipLookup,
  signal: AbortSignal | undefined,
): Promise<WatchOutcome> {
  const marks: Marks = {
    digests: new Set(step.target.sha256),
    cmdlines: new Set(step.target.cmdlines),
    sizes,
    ownership,
    known: new Map(),
  };
  const firstSeen = new Map<ProcessKey, number>();
  const respawned = new Map<ProcessKey, Respawn>();
  const end = performance.now() + step.seconds * 1000;
  for (let round = 0; ; round += 1) {
    for (const pid of listPids()) {
      const stat = readStat(pid);
      if (stat === undefined || isDead(stat) || stat.isKernelThread) continue;
      const key = processKey(stat);
      const seenIn = firstSeen.get(key);
      if (seenIn === undefined) firstSeen.set(key, round);
      const isSettled = seenIn !== undefined && round - seenIn > youngRounds && round % fullRound !== 0;
      if (isSettled || respawned.has(key)) continue;
      const respawn = await judge(pid, stat, marks);
      if (respawn !== undefined) respawned.set(key, respawn);
    }
    if (signal?.aborted === true) return { respawned: [...respawned.values()], isCut: true };
    const left = end - performance.now();
    if (left <= 0) return { respawned: [...respawned.values()], isCut: false };
    await sleep(Math.min(intervalMs, left), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

interface Marks {
  readonly digests: ReadonlySet<string>;
  readonly cmdlines: ReadonlySet<string>;
  readonly sizes: ReadonlySet<string>;
  readonly ownership: OwnershipLookup;
  /** Digests that were computed, by file. */
  readonly known: Map<string, string | undefined>;
}

async function judge(pid: number, stat: ProcessStat, marks: Marks): Promise<Respawn | undefined> {
  const live = LiveProcess.open(pid);
  if (live === undefined) return undefined;
  try {
    const cmdline = showArgv(live.argv());
    const isSameProgram =
      marks.digests.has((await digestOfExe(live, marks.sizes, marks.known)) ?? "") &&
      // A miner may be a copy of a system program; that program itself is no respawn.
      !isSharedProgram(live, marks.ownership);
    if (!isSameProgram && !marks.cmdlines.has(cmdline)) return undefined;
    if (live.stat()?.startTime !== stat.startTime) return undefined;
    const exe = showBytes(live.readLink("exe") ?? "", 4096);
    return { pid, startTime: stat.startTime, exe, cmdline, parent: describeParent(stat.ppid) };
  } finally {
    live.close();
  }
}

async function digestOfExe(
  live: LiveProcess,
  sizes: ReadonlySet<string>,
  known: Map<string, string | undefined>,
): Promise<string | undefined> {
  try {
    const file = await openQuietly(live.path("exe"));
    try {
      const status = await file.stat({ bigint: true });
      if (sizes.size > 0 && !sizes.has(String(status.size))) return undefined;
      const key = `${status.dev}:${status.ino}:${status.size}:${status.mtimeNs}`;
      if (!known.has(key))
        known.set(key, status.size > sampleLimit ? undefined : await digestOf(file, Number(status.size)));
      return known.get(key);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function describeParent(pid: number): string {
  const live = LiveProcess.open(pid);
  const stat = live?.stat();
  const exe = live?.readLink("exe");
  live?.close();
  if (stat === undefined) return `process ${pid}, which has ended`;
  return `process ${pid} (${showBytes(exe ?? stat.comm, 500)})`;
}
