import { setTimeout as sleep } from "node:timers/promises";
import type { Respawn, WatchStep } from "#core/plans/plan";
import { processKey } from "#core/facts/process";
import { showBytes } from "#core/text/showBytes";
import type { OwnershipLookup } from "#helper/policy/ownershipLookup";
import { digestOf } from "#helper/quarantine/container";
import { isDead } from "./processStat.ts";
import { LiveProcess, listPids } from "./liveProcess.ts";
import { openQuietly } from "./openQuietly.ts";
import { showArgv } from "./showArgv.ts";
import { isSharedProgram } from "./treeMembership.ts";

export interface WatchOutcome {
  readonly respawned: readonly Respawn[];
  readonly isCut: boolean;
}

const intervalMs = 500;
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
  const digests = new Set(step.target.sha256);
  const cmdlines = new Set(step.target.cmdlines);
  const digestByFile = new Map<string, string | undefined>();
  const judged = new Set<string>();
  const respawned: Respawn[] = [];
  const end = performance.now() + step.seconds * 1000;
  for (;;) {
    for (const pid of listPids()) {
      const live = LiveProcess.open(pid);
      if (live === undefined) continue;
      try {
        const stat = live.stat();
        if (stat === undefined || isDead(stat) || stat.isKernelThread) continue;
        // A process may exec right after the fork, so the executable is part of what was judged.
        const key = `${processKey(stat)} ${live.exeId() ?? ""}`;
        if (judged.has(key)) continue;
        judged.add(key);
        const cmdline = showArgv(live.argv());
        const isSameProgram =
          digests.has((await digestOfExe(live, sizes, digestByFile)) ?? "") &&
          // A miner may be a copy of a system program; that program itself is no respawn.
          !isSharedProgram(live, ownership);
        if (!isSameProgram && !cmdlines.has(cmdline)) continue;
        if (respawned.some((known) => known.pid === pid && known.startTime === stat.startTime)) continue;
        respawned.push({
          pid,
          startTime: stat.startTime,
          exe: showBytes(live.readLink("exe") ?? "", 4096),
          cmdline,
          parent: describeParent(stat.ppid),
        });
      } finally {
        live.close();
      }
    }
    if (signal?.aborted === true) return { respawned, isCut: true };
    const left = end - performance.now();
    if (left <= 0) return { respawned, isCut: false };
    await sleep(Math.min(intervalMs, left), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
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
