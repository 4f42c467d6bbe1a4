import type { ProcessTarget, Refusal } from "../plans/plan.ts";
import type { ResolvedProcess } from "./responseInput.ts";

/** `miner (pid 4711, user bob)`, from text that is already safe to show. */
export function showProcess(target: ProcessTarget): string {
  const name = target.exe.slice(target.exe.lastIndexOf("/") + 1);
  return `${name === "" ? "process" : name} (pid ${target.pid}, user ${target.user})`;
}

/** The first ten, and how many more: a sentence of a plan has a longest length on the wire. */
export function showSome(items: readonly (string | number)[]): string {
  const shown = items.slice(0, 10).map((item) => String(item).slice(0, 500));
  return items.length <= 10 ? shown.join(", ") : `${shown.join(", ")} and ${items.length - 10} more`;
}

/** Leaves out what is asked for twice, and what another target's tree already covers. */
export function withoutCovered(processes: readonly ResolvedProcess[]): readonly ResolvedProcess[] {
  const covered = new Set(processes.flatMap((process) => process.tree.map(keyOf)));
  const seen = new Set<string>();
  return processes.filter(({ target }) => {
    const key = keyOf(target);
    if (covered.has(key) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function refusedProcesses(processes: readonly ResolvedProcess[]): readonly Refusal[] {
  return processes.flatMap(({ target, refusal }) =>
    refusal === undefined ? [] : [{ target: `process ${target.pid} (${target.exe})`, reason: refusal }],
  );
}

function keyOf(target: ProcessTarget): string {
  return `${target.pid}@${target.startTime}`;
}
