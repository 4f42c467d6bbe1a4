import type { DeleteStep, IsolatedTarget, Plan, Refusal } from "../../plans/plan.ts";
import { sealPlan } from "../../plans/sealPlan.ts";
import type { PlanFrame } from "../responseInput.ts";

/** Plans to remove the stored content of isolated files for good; the records stay as tombstones. */
export function planDelete(frame: PlanFrame, targets: readonly IsolatedTarget[], refused: readonly Refusal[]): Plan {
  const { sha256, ...head } = frame;
  return sealPlan(
    {
      schema: "countermine/plan@1",
      ...head,
      title: `Delete ${targets.length} isolated ${targets.length === 1 ? "file" : "files"} on ${frame.host.name}`,
      steps: targets.map((target, index) => deleteStep(target, `s${index + 1}`)),
      refused,
      irreversible: targets.map(({ path }) => `${path} can't be restored after this.`),
    },
    sha256,
  );
}

function deleteStep(target: IsolatedTarget, id: string): DeleteStep {
  return {
    id,
    kind: "delete",
    target,
    precondition: "The file is still isolated and its stored content has the planned SHA-256.",
    effect: `The stored content of ${target.path} is removed; the record of what it was stays.`,
    undo: "There is none.",
    undoable: false,
    risk: "high",
  };
}
