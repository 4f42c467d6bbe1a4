import type { CpuWindow, ProcessCpu } from "#core/facts/facts";
import { isFailure, type Host } from "#core/facts/host";
import { seen, unseen, type Observed } from "#core/facts/observed";
import { processKey, type ProcessFact, type ProcessKey } from "#core/facts/process";
import { parseCpuStat, type CpuTotals } from "#core/parsers/cpuStat";
import { parseProcStat } from "#core/parsers/procStat";
import { parseSchedstat } from "#core/parsers/schedstat";
import { Gaps } from "./gaps.ts";
import { listPids } from "./processes.ts";

/** One look at how long every thread has run. */
export interface CpuSample {
  readonly monotonicNs: number;
  readonly totals: CpuTotals | undefined;
  readonly byProcess: ReadonlyMap<ProcessKey, ProcessSample>;
  readonly hasSchedstat: boolean;
}

interface ProcessSample {
  /** Of the whole process with threads that have ended, in the coarse unit of clock ticks. */
  readonly ticks: number;
  /** Run time in nanoseconds by thread; empty without schedstat. */
  readonly threads: ReadonlyMap<string, number>;
}

const mostThreads = 256;

/**
 * Reads the run time of every thread. /proc/PID/schedstat is that of the first thread
 * only, so a process with more of them is read thread by thread.
 */
export function sampleCpu(host: Host): CpuSample | undefined {
  const pids = listPids(host);
  if (isFailure(pids)) return undefined;
  const hasSchedstat = !isFailure(host.read("/proc/self/schedstat", 256));
  const byProcess = new Map<ProcessKey, ProcessSample>();
  const totalsText = host.read("/proc/stat", 1 << 20);
  const { monotonicNs } = host.clock();
  for (const pid of pids) {
    const statText = host.read(`/proc/${pid}/stat`, 4096);
    const stat = isFailure(statText) ? undefined : parseProcStat(statText).value;
    if (stat === undefined) continue;
    const threads = new Map<string, number>();
    if (hasSchedstat && stat.threadCount > 1) {
      const names = host.list(`/proc/${pid}/task`);
      for (const name of isFailure(names) ? [] : names) {
        const runNs = readRunNs(host, `/proc/${pid}/task/${name}/schedstat`);
        if (runNs !== undefined) threads.set(name, runNs);
      }
    } else if (hasSchedstat) {
      const runNs = readRunNs(host, `/proc/${pid}/schedstat`);
      if (runNs !== undefined) threads.set(String(pid), runNs);
    }
    byProcess.set(processKey(stat), { ticks: stat.cpuTicks, threads });
  }
  const totals = isFailure(totalsText) ? undefined : parseCpuStat(totalsText).value;
  return { monotonicNs, totals, byProcess, hasSchedstat };
}

/** The window between two samples. */
export function cpuBetween(
  before: CpuSample | undefined,
  after: CpuSample | undefined,
  context: { readonly clockTicksPerSecond: number; readonly euid: number; readonly cores: number },
): Observed<CpuWindow> {
  if (before === undefined || after === undefined)
    return unseen("CPU use could not be measured: /proc could not be listed.");
  const gaps = new Gaps(context.euid);
  const isExact = before.hasSchedstat && after.hasSchedstat;
  if (!isExact) {
    gaps.say("The kernel keeps no scheduler statistics: CPU use is counted in clock ticks, too coarse for threads.");
  }
  const tickNs = 1e9 / context.clockTicksPerSecond;
  const byProcess = new Map<ProcessKey, ProcessCpu>();
  for (const [key, sample] of after.byProcess) {
    byProcess.set(key, processCpu(before.byProcess.get(key), sample, isExact, tickNs));
  }
  const elapsedNs = Math.max(1, after.monotonicNs - before.monotonicNs);
  const share = busyShare(before.totals, after.totals);
  if (share === undefined) gaps.say("The use of all cores together could not be read from /proc/stat.");
  const sum = [...byProcess.values()].reduce((total, { runNs }) => total + runNs, 0);
  const cores = after.totals?.cores || context.cores;
  return seen({ elapsedNs, cores, busyShare: share ?? Math.min(1, sum / (elapsedNs * cores)), byProcess }, gaps.list());
}

function processCpu(
  before: ProcessSample | undefined,
  after: ProcessSample,
  isExact: boolean,
  tickNs: number,
): ProcessCpu {
  const coarseNs = Math.max(0, after.ticks - (before?.ticks ?? 0)) * tickNs;
  if (!isExact || after.threads.size === 0) return { runNs: coarseNs, threadRunNs: coarseNs > 0 ? [coarseNs] : [] };
  const threadRunNs: number[] = [];
  let runNs = 0;
  for (const [name, total] of after.threads) {
    const delta = Math.max(0, total - (before?.threads.get(name) ?? 0));
    runNs += delta;
    if (delta > 0) threadRunNs.push(delta);
  }
  threadRunNs.sort((left, right) => right - left);
  // Threads that began and ended inside the window are in the ticks only. Two ticks of
  // difference are rounding.
  return { runNs: coarseNs > runNs + 2 * tickNs ? coarseNs : runNs, threadRunNs: threadRunNs.slice(0, mostThreads) };
}

function busyShare(before: CpuTotals | undefined, after: CpuTotals | undefined): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  const total = after.total - before.total;
  return total > 0 ? Math.min(1, Math.max(0, (after.busy - before.busy) / total)) : undefined;
}

function readRunNs(host: Host, path: string): number | undefined {
  const text = host.read(path, 256);
  return isFailure(text) ? undefined : parseSchedstat(text).value;
}

/** Largest consumers of the window, at least a tenth of a core each. */
export function topConsumers(
  cpu: Observed<CpuWindow>,
  processes: readonly ProcessFact[],
  most = 5,
): readonly ProcessFact[] {
  if (cpu.kind === "unseen") return [];
  const runNs = (process: ProcessFact): number => cpu.value.byProcess.get(processKey(process))?.runNs ?? 0;
  return processes
    .filter((process) => runNs(process) > cpu.value.elapsedNs / 10)
    .sort((left, right) => runNs(right) - runNs(left))
    .slice(0, most);
}
