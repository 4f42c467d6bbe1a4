import { OpsError } from "#core/opsError";
import type { PlanResult, PlanStep, RestoreStep, StepResult } from "#core/plans/plan";
import { showBytes } from "#core/text/showBytes";
import type { ExecutionContext } from "#helper/execute/context";
import { thawProcess } from "#helper/execute/freeze";
import type { QuarantineContext } from "#helper/quarantine/quarantineContext";
import { restoreFile } from "#helper/quarantine/restoreFile";
import type { Journal, JournalLine } from "./journal.ts";
import { latestLines } from "./journal.ts";
import { shortened } from "./shortened.ts";

/**
 * Takes back what a plan did, last step first: continues what was frozen, restores what
 * was isolated, and names what has no way back.
 * Throws an OpsError: `notFound` for an unknown plan, `stateDamaged` when somebody changed the journal.
 */
export async function undoPlan(
  plan: string,
  execution: ExecutionContext,
  journal: Journal,
  quarantine: QuarantineContext,
): Promise<PlanResult> {
  const reading = journal.read();
  if (!reading.isIntact)
    throw new OpsError(
      "stateDamaged",
      `The journal was changed by somebody else (${reading.problems.join("; ")}); it is not followed.`,
      {
        nextStep: "Restore isolated files one by one, and continue frozen processes with SIGCONT by hand.",
      },
    );
  const lines = latestLines(reading.lines).filter((line) => line.plan === plan);
  if (lines.length === 0) throw new OpsError("notFound", "The journal knows no such plan on this host.");
  const steps: StepResult[] = [];
  for (const line of lines.reverse()) {
    const result = await undoLine(line, execution, quarantine);
    if (result.state === "done") {
      const { id, operator: _operator, step, kind, target } = line;
      const undoData = { kind: "none", reason: "taken back" } as const;
      journal.append({
        id,
        operator: execution.operator,
        plan,
        step,
        kind,
        target,
        state: "undone",
        detail: result.detail,
        undoData,
      });
    }
    steps.push({
      id: line.step,
      kind: stepKind(line.kind),
      journal: line.id,
      ...result,
      detail: shortened(result.detail),
    });
  }
  return { schema: "countermine/result@1", plan, steps, respawned: [], refused: [] };
}

async function undoLine(
  line: JournalLine,
  execution: ExecutionContext,
  quarantine: QuarantineContext,
): Promise<Pick<StepResult, "state" | "detail">> {
  if (line.state === "undone") return { state: "skipped", detail: "Taken back already." };
  if (line.state === "failed") return { state: "skipped", detail: "It had failed, so there is nothing to take back." };
  switch (line.undoData.kind) {
    case "none":
      return { state: "skipped", detail: `There is no way back: ${line.undoData.reason}.` };
    case "thaw":
      return undoFreeze(line.undoData.processes);
    case "restore":
      return undoQuarantine(line.undoData.record, execution, quarantine);
  }
}

function undoFreeze(processes: Parameters<typeof thawProcess>[0][]): Pick<StepResult, "state" | "detail"> {
  const running = processes.filter((identity) => thawProcess(identity)).map(({ pid }) => pid);
  const gone = processes.map(({ pid }) => pid).filter((pid) => !running.includes(pid));
  const detail = [
    ...(running.length === 0 ? [] : [`continued: ${running.join(", ")}`]),
    ...(gone.length === 0 ? [] : [`ended meanwhile, not started again: ${gone.join(", ")}`]),
  ].join("; ");
  return { state: running.length > 0 || gone.length === 0 ? "done" : "skipped", detail };
}

async function undoQuarantine(
  id: string,
  execution: ExecutionContext,
  quarantine: QuarantineContext,
): Promise<Pick<StepResult, "state" | "detail">> {
  try {
    const record = quarantine.records.load(id);
    if (record.state === "restored") return { state: "skipped", detail: "Restored already." };
    if (record.state === "deleted")
      return { state: "failed", detail: "Its stored content was deleted, so it can't come back." };
    if (record.state === "rolledBack") return { state: "skipped", detail: "The original was never taken away." };
    const { differences } = await restoreFile(restoreStepOf(record.id, record), quarantine, () => undefined);
    return {
      state: "done",
      detail: differences.length === 0 ? "restored, identical" : `restored; ${differences.join("; ")}`,
    };
  } catch (error) {
    if (!OpsError.is(error)) throw error;
    execution.log(`Undo: ${error.message}`);
    return {
      state: OpsError.is(error, "preconditionChanged") ? "drifted" : "failed",
      detail: `${error.message} ${error.nextStep}`.trim(),
    };
  }
}

function restoreStepOf(
  id: string,
  record: { readonly path: string; readonly digests?: { readonly sha256: string } },
): RestoreStep {
  return {
    id: "s1",
    kind: "restore",
    target: {
      kind: "isolated",
      id,
      path: showBytes(Buffer.from(record.path, "base64").toString("latin1"), 4000),
      sha256: record.digests?.sha256 ?? "",
    },
    precondition: "",
    effect: "",
    undo: "",
    undoable: false,
    risk: "high",
  };
}

const kinds: readonly PlanStep["kind"][] = ["freeze", "evidence", "quarantine", "kill", "watch", "restore", "delete"];

/** The journal is authenticated, so an unknown kind was written by another version of this program. */
function stepKind(kind: string): PlanStep["kind"] {
  const known = kinds.find((name) => name === kind);
  if (known === undefined)
    throw new OpsError("stateDamaged", "The journal holds a step of a kind that this version does not know.");
  return known;
}
