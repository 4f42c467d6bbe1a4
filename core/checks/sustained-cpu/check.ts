import type { HostFact, OwnershipFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { showBytes } from "../../text/showBytes.ts";
import type { Severity } from "../check.ts";
import { defineCheck, type Finding } from "../check.ts";
import { cpuPhrase, cpuUse, type CpuUse } from "../cpuUse.ts";
import { scriptOfProcess } from "../scriptOfProcess.ts";
import { oddPlace } from "../oddPlace.ts";
import { ownerOf } from "../ownerOf.ts";
import { isInPackageFolder } from "../packageFolder.ts";

export const check = defineCheck({
  id: "M10",
  slug: "sustained-cpu",
  title: "Sustained CPU use by a program of unknown origin",
  category: "Abnormal system behavior",
  type: "Abnormal process behaviors",
  severity: "high",
  attack: ["T1496.001"],
  maturity: "stable",
  needs: ["processes", "cpu", "ownership", "host"],
  falsePositives: [
    "Builds, models and simulations of a user's own: without a second sign this is no alarm.",
    "Servers that were installed by hand under /opt or /usr/local.",
  ],
  weakness: "A miner inside a package's own interpreter, or one that stops while somebody looks, uses nothing here.",
  run({ processes, cpu, ownership, host }): readonly Finding[] {
    return processes.flatMap((process): readonly Finding[] => {
      if (process.isKernelThread) return [];
      const use = cpuUse(process, cpu, host);
      const origin = use && originOf(process, ownership, host);
      if (use === undefined || origin === undefined) return [];
      const points = pointsFor(use, origin, process, cpu.cores);
      if (points === 0) return [];
      const yields = isYielding(process);
      return [
        {
          subject: { kind: "process", key: processKey(process) },
          points: points + (yields ? 4 : 0),
          severity: severityOf(origin, process),
          source: `/proc/${process.pid}/schedstat`,
          text: `It ${cpuPhrase(use, cpu.cores)}; ${origin.phrase}${yields ? ", and it makes way for others" : ""}.`,
        },
      ];
    });
  },
});

interface Origin {
  /** `odd`: no program belongs there. `system`: only packages put programs there. `own`: installed by hand. `script`: a package's interpreter with a script from an odd place. `unknown`: nobody can tell. */
  readonly kind: "odd" | "system" | "own" | "script" | "unknown";
  readonly phrase: string;
}

/** Where the program comes from; nothing for a package's own intact program, which is never accused of work. */
function originOf(process: ProcessFact, ownership: OwnershipFact, host: HostFact): Origin | undefined {
  const exe = process.exe;
  if (exe === undefined) return undefined;
  if (exe.isMemfd) return { kind: "odd", phrase: "its program is in memory only" };
  const owner = ownerOf(process, ownership, host);
  const path = showBytes(exe.path, 200);
  if (owner === "intact" || owner === "upgraded") {
    const script = scriptOfProcess(process);
    const place = script === undefined ? undefined : oddPlace(script);
    return script === undefined || place === undefined
      ? undefined
      : { kind: "script", phrase: `the script ${showBytes(script, 200)} lies in ${place.phrase}` };
  }
  if (owner === "modified") return { kind: "odd", phrase: `${path} is not as its package installed it` };
  const place = oddPlace(exe.path);
  if (place !== undefined) return { kind: "odd", phrase: `${path} lies in ${place.phrase}` };
  if (owner === "unknown") return { kind: "unknown", phrase: `who installed ${path} is not known` };
  if (isInPackageFolder(exe.path))
    return { kind: "system", phrase: `${path} lies among packages' programs and belongs to none` };
  if (exe.isDeleted) return { kind: "own", phrase: `${path} belongs to no package and was deleted` };
  return { kind: "own", phrase: `${path} belongs to no package` };
}

/** What an odd program may not do, a program that was installed by hand does every day. */
function pointsFor(use: CpuUse, origin: Origin, process: ProcessFact, cores: number): number {
  const most = Math.max(use.window, use.life);
  // Both must be high: a start, a build or a backup is busy for a while, a miner all its life.
  const steady = use.life === 0 ? use.window : Math.min(use.window, use.life);
  const isFull = steady >= 0.6 * cores || steady >= 0.9 * Math.min(cores, process.threadCount);
  switch (origin.kind) {
    case "odd":
      if (steady >= 0.9 || isFull) return 30;
      return most >= 0.25 ? 25 : most >= 0.03 ? 20 : 0;
    case "system":
      return steady >= 0.25 ? 25 : most >= 0.03 ? 20 : 0;
    case "own":
      if (isFull) return 30;
      return steady >= 0.9 ? 20 : 0;
    case "script":
      return steady >= 0.25 ? 25 : most >= 0.05 ? 15 : 0;
    case "unknown":
      return isFull ? 15 : 0;
  }
}

function severityOf(origin: Origin, process: ProcessFact): Severity {
  const isWatched = process.tty !== 0;
  return (origin.kind === "odd" || origin.kind === "system") && !isWatched ? "high" : "medium";
}

/** SCHED_BATCH, SCHED_IDLE or a high nice value: it works in the background on purpose. */
function isYielding(process: ProcessFact): boolean {
  return process.policy === 3 || process.policy === 5 || process.nice >= 10;
}
