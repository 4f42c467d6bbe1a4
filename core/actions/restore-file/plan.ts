import type { IsolatedTarget, Plan, Refusal, RestoreStep } from "../../plans/plan.ts";
import { sealPlan } from "../../plans/sealPlan.ts";
import type { PlanFrame } from "../responseInput.ts";

export interface RestorableFile {
  readonly target: IsolatedTarget;
  readonly to?: { readonly path: string; readonly pathBase64?: string };
  /** What the restored file will lack. */
  readonly lossy: readonly string[];
  readonly override?: "writableParent";
}

/** Plans to put isolated files back where they were, or where a person says. Nothing is started. */
export function planRestore(frame: PlanFrame, files: readonly RestorableFile[], refused: readonly Refusal[]): Plan {
  const { sha256, ...head } = frame;
  return sealPlan(
    {
      schema: "countermine/plan@1",
      ...head,
      title: `Restore ${files.length} ${files.length === 1 ? "file" : "files"} on ${frame.host.name}`,
      steps: files.map((file, index) => restoreStep(file, `s${index + 1}`)),
      refused,
      irreversible: [],
    },
    sha256,
  );
}

function restoreStep(file: RestorableFile, id: string): RestoreStep {
  const { target, to, lossy, override } = file;
  const place = to?.path ?? target.path;
  return {
    id,
    kind: "restore",
    target,
    ...(to === undefined ? {} : { to }),
    precondition: `The stored content still has its SHA-256, the folder of ${place} exists without links in its path, and nothing is at ${place}.`,
    effect:
      lossy.length === 0
        ? `${place} is there again with its content, mode, owner, times, ACLs, attributes and flags. A malicious file can be run again.`
        : `${place} is there again, but not identical: ${lossy.join("; ")}. A malicious file can be run again.`,
    undo: "Isolate it again.",
    undoable: false,
    risk: "high",
    ...(override === undefined ? {} : { override }),
  };
}
