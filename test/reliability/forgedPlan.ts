import type { KillStep, Plan, ProcessTarget } from "#core/plans/plan";
import { sealPlan } from "#core/plans/sealPlan";
import { sha256OfText } from "#helper/execute/applyPlan";
import { LiveProcess } from "#helper/execute/liveProcess";
import { readBootId } from "#helper/execute/responder";

/** A plan that no planner made, with a seal that fits: kill this, whatever it is. */
export function forgedKill(target: ProcessTarget, changes: Partial<KillStep> = {}): Plan {
  const step: KillStep = {
    id: "s1",
    kind: "kill",
    target,
    includeTree: true,
    precondition: "",
    effect: "",
    undo: "",
    undoable: false,
    risk: "none",
    ...changes,
  };
  return sealPlan(
    {
      schema: "countermine/plan@1",
      id: `forged-${process.hrtime.bigint()}`,
      title: "Forged",
      host: { id: "0".repeat(32), name: "bench", bootId: readBootId() },
      createdAt: 0,
      alarms: [],
      steps: [step],
      refused: [],
      irreversible: [],
    },
    sha256OfText,
  );
}

/** The target that a process is now. */
export function targetOf(pid: number): ProcessTarget {
  const live = LiveProcess.open(pid);
  const identity = live?.identity(readBootId());
  live?.close();
  if (identity === undefined) throw new Error(`There is no process ${pid}.`);
  return { kind: "process", ...identity, exe: "x", cmdline: "x", user: "root" };
}
