import type { CpuWindow, HostFact } from "../facts/facts.ts";
import { processKey, type ProcessFact } from "../facts/process.ts";

/** How much CPU a process uses, 1 being one core. */
export interface CpuUse {
  /** Within the window. */
  readonly window: number;
  /** Over its whole life; 0 where that is shorter than ten seconds, which says nothing yet. */
  readonly life: number;
  readonly windowSeconds: number;
  readonly ageSeconds: number;
}

/**
 * `undefined` for a process that the window did not cover as a whole: one that has just
 * started is busy with starting.
 */
export function cpuUse(process: ProcessFact, cpu: CpuWindow, host: HostFact): CpuUse | undefined {
  const windowSeconds = cpu.elapsedNs / 1e9;
  const ageSeconds = host.uptimeSeconds - process.startTime / host.clockTicksPerSecond;
  if (windowSeconds <= 0 || ageSeconds < windowSeconds) return undefined;
  const runNs = cpu.byProcess.get(processKey(process))?.runNs ?? 0;
  const life = ageSeconds < 10 ? 0 : process.cpuTicks / host.clockTicksPerSecond / ageSeconds;
  return { window: runNs / cpu.elapsedNs, life, windowSeconds, ageSeconds };
}

/** `used 3.9 of 4 cores for 1.0 s, and 3.8 over the 2 h since it started` */
export function cpuPhrase(use: CpuUse, cores: number): string {
  const window = `used ${share(use.window)} of ${cores} cores for ${use.windowSeconds.toFixed(1)} s`;
  return use.life === 0
    ? window
    : `${window}, and ${share(use.life)} over the ${duration(use.ageSeconds)} since it started`;
}

function share(cores: number): string {
  return cores < 0.1 ? cores.toFixed(2) : cores.toFixed(1);
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
