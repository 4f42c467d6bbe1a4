import type { FreezeStep, Plan } from "../../plans/plan.ts";
import { sealPlan } from "../../plans/sealPlan.ts";
import type { ResolvedProcess, ResponseInput } from "../responseInput.ts";
import { refusedProcesses, showProcess, showSome, withoutCovered } from "../responseTargets.ts";

/**
 * Plans to freeze processes with their trees: the miner stops using the machine, its
 * memory stays as it is, and undo lets it run again. Nothing is removed.
 */
export function planContain(input: ResponseInput): Plan {
  const { frame } = input;
  const processes = withoutCovered(input.processes.filter((process) => process.refusal === undefined));
  const { sha256, ...head } = frame;
  return sealPlan(
    {
      schema: "countermine/plan@1",
      ...head,
      title: `Contain ${processes.length} ${processes.length === 1 ? "process" : "processes"} on ${frame.host.name}`,
      steps: processes.map((process, index) => freezeStep(process, `s${index + 1}`)),
      refused: [
        ...input.refused,
        ...refusedProcesses(input.processes),
        ...input.files.map((file) => ({
          target: file.target.path,
          reason: "Containing freezes processes; isolate takes files away.",
        })),
      ],
      irreversible: [],
    },
    sha256,
  );
}

/** The step that stops a process and everything that belongs to it. */
export function freezeStep(process: ResolvedProcess, id: string): FreezeStep {
  const { target, tree, override } = process;
  return {
    id,
    kind: "freeze",
    target,
    includeTree: true,
    precondition: `Process ${target.pid} is still the one that started at tick ${target.startTime} and runs the same executable.`,
    effect:
      tree.length === 0
        ? `${showProcess(target)} and what it starts meanwhile are stopped (SIGSTOP).`
        : `${showProcess(target)} and the ${tree.length} others that belong to it (${showSome(tree.map(({ pid }) => pid))}) are stopped (SIGSTOP), with what they start meanwhile.`,
    undo: "The stopped processes are continued (SIGCONT). Connections may have timed out meanwhile.",
    undoable: true,
    risk: override === undefined ? "low" : "high",
    ...(override === undefined ? {} : { override }),
  };
}
