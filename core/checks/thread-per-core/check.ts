import { processKey } from "../../facts/process.ts";
import { defineCheck, type Finding } from "../check.ts";
import { ownerOf } from "../ownerOf.ts";

export const check = defineCheck({
  id: "M11",
  slug: "thread-per-core",
  title: "One equally busy thread per core",
  category: "Abnormal system behavior",
  type: "Abnormal process behaviors",
  severity: "medium",
  attack: ["T1496.001"],
  maturity: "stable",
  needs: ["processes", "cpu", "ownership", "host"],
  falsePositives: ["Numerical libraries, encoders and compilers that also start a thread per core."],
  weakness: "A miner with fewer threads, or with one process per thread, has another shape.",
  run({ processes, cpu, ownership, host }): readonly Finding[] {
    if (cpu.cores < 2) return [];
    return processes.flatMap((process): readonly Finding[] => {
      const threads = cpu.byProcess.get(processKey(process))?.threadRunNs ?? [];
      const workers = equalWorkers(threads, cpu.elapsedNs);
      if (process.isKernelThread || workers < 2 || !fits(workers, cpu.cores)) return [];
      const owner = ownerOf(process, ownership, host);
      if (owner === "intact" || owner === "upgraded") return [];
      const share = Math.round((100 * (threads[0] ?? 0)) / cpu.elapsedNs);
      return [
        {
          subject: { kind: "process", key: processKey(process) },
          points: 10,
          source: `/proc/${process.pid}/task`,
          text: `${workers} of its ${process.threadCount} threads worked the same ${share} % of the time, on a host with ${cpu.cores} cores.`,
        },
      ];
    });
  },
});

/** One per core, one core left to the others, or what fits into the cache: half of them from four on. */
function fits(workers: number, cores: number): boolean {
  return workers === cores || workers === cores - 1 || (cores >= 4 && workers === cores / 2);
}

/**
 * How many of the busiest threads have nearly the same run time, at least a tenth of the
 * window. A duty-cycled miner has equal threads as well, only less of them.
 */
function equalWorkers(threads: readonly number[], elapsedNs: number): number {
  const [most = 0] = threads;
  if (most < 0.1 * elapsedNs) return 0;
  const workers = threads.filter((thread) => thread >= 0.8 * most).length;
  // Threads that fade out one after the other are a pool with work to do, not one per core.
  const next = threads[workers] ?? 0;
  return next > 0.5 * most ? 0 : workers;
}
