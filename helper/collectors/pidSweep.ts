import type { HiddenPid, PidSweep } from "#core/facts/facts";
import { isFailure, type Host } from "#core/facts/host";
import { seen, unseen, type Observed } from "#core/facts/observed";
import type { ProcessFact } from "#core/facts/process";
import type { Mount } from "#core/parsers/mountinfo";
import { parseProcStat } from "#core/parsers/procStat";
import { parseProcStatus } from "#core/parsers/procStatus";
import type { ByteString } from "#core/text/byteString";
import { cgroupPids } from "./cgroupPids.ts";
import type { CollectLimits } from "./collectOptions.ts";
import { readExecutable } from "./executable.ts";
import { Gaps, isGone } from "./gaps.ts";
import { hidingOption, listPids } from "./processes.ts";

export interface PidSweepContext {
  readonly euid: number;
  readonly limits: CollectLimits;
  readonly mounts: readonly Mount[];
  readonly signal?: AbortSignal;
}

const batchSize = 4096;

/** A short-lived process is missed by one listing and seen by the next question; the pauses add up to 240 ms. */
const confirmations = 4;
const pauseMs = 80;

/**
 * Asks for every number that the kernel has given out, and compares with what listing
 * /proc shows. A number that is there and not listed is a thread, a race, or hidden:
 * threads are told by their thread group, races by asking again (DETECTIONS, rule 3).
 * Control groups are walked as well, which covers numbers of any size.
 */
export async function sweepPids(
  host: Host,
  processes: readonly ProcessFact[],
  context: PidSweepContext,
): Promise<Observed<PidSweep>> {
  const gaps = new Gaps(context.euid);
  const before = listPids(host);
  if (isFailure(before) || before.length === 0) {
    return unseen("Hidden processes could not be looked for: /proc could not be listed.");
  }
  const option = hidingOption(context.mounts);
  if (option !== undefined && context.euid !== 0) {
    // Every process of another user would look hidden, and none of them is.
    return unseen(`Hidden processes could not be looked for: /proc is mounted with ${option}, needs root.`);
  }
  const listed = new Set(before);
  const candidates = new Set<number>();

  const covers = coveredPids(context.mounts);
  for (const pid of covers.keys()) candidates.add(pid);
  const readable = new Set(processes.map(({ pid }) => pid));
  for (const pid of before) if (!readable.has(pid) && host.hasPid(pid)) candidates.add(pid);
  const inCgroups = cgroupPids(host, context.mounts, gaps);
  for (const pid of inCgroups) if (!listed.has(pid)) candidates.add(pid);

  const swept = await askForEachNumber(host, listed, candidates, gaps, context);
  const hidden = await confirm(host, candidates, { covers, inCgroups, context });
  return seen({ swept, hidden }, gaps.list());
}

/** Adds numbers that exist without being listed; answers how many were asked for. */
async function askForEachNumber(
  host: Host,
  listed: ReadonlySet<number>,
  candidates: Set<number>,
  gaps: Gaps,
  { limits, signal }: PidSweepContext,
): Promise<number> {
  const limit = highestNumber(host, listed);
  const startedAt = host.clock().monotonicNs;
  let pid = 1;
  for (; pid < limit; pid += 1) {
    if (!listed.has(pid) && host.hasPid(pid)) candidates.add(pid);
    if (pid % batchSize !== 0) continue;
    await host.wait(0);
    signal?.throwIfAborted();
    if (host.clock().monotonicNs - startedAt > limits.stageMs * 1e6) {
      gaps.say(
        `Hidden processes were looked for among the numbers up to ${pid} of ${limit}: the time limit was reached.`,
      );
      break;
    }
  }
  return Math.min(pid, limit - 1);
}

/** Beyond the newest process, for those that start while numbers are asked for. */
const margin = 1024;

/**
 * One more than the largest number worth asking for. Numbers are given out in a circle
 * up to pid_max, which is four million on most hosts and takes seven seconds to ask for:
 * as long as no listed process is above the newest one, the circle has not come round,
 * and nothing above has been given out.
 */
function highestNumber(host: Host, listed: ReadonlySet<number>): number {
  const limitText = host.read("/proc/sys/kernel/pid_max", 64);
  const limit = (isFailure(limitText) ? 0 : Number.parseInt(limitText, 10)) || 32_768;
  const load = host.read("/proc/loadavg", 256);
  const newest = isFailure(load) ? Number.NaN : Number(/ (\d+)\s*$/.exec(load)?.[1]);
  let highest = 0;
  for (const pid of listed) if (pid > highest) highest = pid;
  return newest > 0 && highest <= newest + margin ? Math.min(limit, newest + 2 * margin) : limit;
}

interface Circumstances {
  readonly covers: ReadonlyMap<number, ByteString>;
  readonly inCgroups: ReadonlySet<number>;
  readonly context: PidSweepContext;
}

async function confirm(
  host: Host,
  candidates: ReadonlySet<number>,
  { covers, inCgroups, context }: Circumstances,
): Promise<readonly HiddenPid[]> {
  const first = new Map<number, Look>();
  for (const pid of candidates) {
    const look = lookAt(host, pid);
    if (look !== undefined) first.set(pid, look);
  }
  const left = new Map([...first].filter(([pid]) => covers.has(pid) || !isThread(host, pid)));
  for (let round = 1; round < confirmations && left.size > 0; round += 1) {
    await host.wait(pauseMs);
    context.signal?.throwIfAborted();
    const listing = listPids(host);
    const listed = new Set(isFailure(listing) ? [] : listing);
    for (const [pid, look] of left) {
      const again = lookAt(host, pid);
      const isRace = again === undefined || again.startTime !== look.startTime || again.isReadable !== look.isReadable;
      if (isRace || (listed.has(pid) && again.isReadable)) left.delete(pid);
      else left.set(pid, { ...again, isListed: listed.has(pid) });
    }
  }
  return [...left].map(([pid, look]) => describeHidden(host, pid, look, covers.get(pid), inCgroups.has(pid)));
}

interface Look {
  readonly startTime: number;
  readonly comm: ByteString;
  /** /proc/PID/stat is there and is about this pid. */
  readonly isReadable: boolean;
  readonly isListed: boolean;
}

/** Nothing when the process is gone, or when a missing right, and not a hider, keeps it from being read. */
function lookAt(host: Host, pid: number): Look | undefined {
  if (!host.hasPid(pid)) return undefined;
  const text = host.read(`/proc/${pid}/stat`, 4096);
  if (isFailure(text) && !isGone(text)) return undefined;
  const stat = isFailure(text) ? undefined : parseProcStat(text).value;
  if (stat === undefined || stat.pid !== pid) return { startTime: 0, comm: "", isReadable: false, isListed: false };
  return { startTime: stat.startTime, comm: stat.comm, isReadable: true, isListed: false };
}

/**
 * Threads answer to their number like processes and are never listed. Where the folder
 * of the number is out of reach, the task folders of all processes are searched.
 */
function isThread(host: Host, pid: number): boolean {
  const text = host.read(`/proc/${pid}/status`, 16_384);
  const status = isFailure(text) ? undefined : parseProcStatus(text).value;
  if (status !== undefined) return status.tgid !== pid;
  const pids = listPids(host);
  return (
    !isFailure(pids) && pids.some((leader) => leader !== pid && !isFailure(host.stat(`/proc/${leader}/task/${pid}`)))
  );
}

function describeHidden(
  host: Host,
  pid: number,
  look: Look,
  coveredBy: ByteString | undefined,
  isInCgroup: boolean,
): HiddenPid {
  const exe = look.isReadable ? readExecutable(host, `/proc/${pid}`) : undefined;
  const views: readonly (readonly [source: string, sees: boolean])[] = [
    ["kill(pid, 0)", true],
    ["cgroup.procs", isInCgroup],
    ["reading /proc/PID", look.isReadable],
    ["listing /proc", look.isListed],
  ];
  return {
    pid,
    startTime: look.startTime,
    comm: look.comm,
    ...(exe === undefined || isFailure(exe) ? {} : { exePath: exe.path }),
    shownBy: views.filter(([, sees]) => sees).map(([source]) => source),
    // Not every process is in a control group that is visible from here, so that one does not count against it.
    hiddenFrom: views.filter(([source, sees]) => !sees && source !== "cgroup.procs").map(([source]) => source),
    ...(coveredBy === undefined ? {} : { coveredBy }),
  };
}

/** Mounts that lie over the folder of a process, by pid (RELIABILITY F37). */
function coveredPids(mounts: readonly Mount[]): ReadonlyMap<number, ByteString> {
  const covers = new Map<number, ByteString>();
  for (const { mountPoint, type, source, root } of mounts) {
    const pid = /^\/proc\/(\d+)(?:\/|$)/.exec(mountPoint)?.[1];
    if (pid !== undefined) covers.set(Number(pid), `${type} ${source} ${root} on ${mountPoint}`);
  }
  return covers;
}
