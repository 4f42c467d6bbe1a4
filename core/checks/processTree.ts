import type { ProcessFact } from "../facts/process.ts";

/** Who started whom. A recycled parent pid is younger than its supposed child and does not count. */
export class ProcessTree {
  readonly #byPid: ReadonlyMap<number, ProcessFact>;
  readonly #children = new Map<number, ProcessFact[]>();

  constructor(processes: readonly ProcessFact[]) {
    this.#byPid = new Map(processes.map((process) => [process.pid, process]));
    for (const process of processes) {
      if (this.parentOf(process) === undefined) continue;
      const siblings = this.#children.get(process.ppid);
      if (siblings === undefined) this.#children.set(process.ppid, [process]);
      else siblings.push(process);
    }
  }

  get(pid: number): ProcessFact | undefined {
    return this.#byPid.get(pid);
  }

  parentOf(process: ProcessFact): ProcessFact | undefined {
    const parent = this.#byPid.get(process.ppid);
    return parent === undefined || parent.pid === process.pid || parent.startTime > process.startTime
      ? undefined
      : parent;
  }

  /** Nearest first; a hostile host can report a cycle, so at most `limit` of them. */
  ancestorsOf(process: ProcessFact, limit = 16): readonly ProcessFact[] {
    const ancestors: ProcessFact[] = [];
    let current = this.parentOf(process);
    while (current !== undefined && current !== process && ancestors.length < limit) {
      ancestors.push(current);
      current = this.parentOf(current);
    }
    return ancestors;
  }

  childrenOf(process: ProcessFact): readonly ProcessFact[] {
    return this.#children.get(process.pid) ?? [];
  }
}
