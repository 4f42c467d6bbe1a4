import { OpsError } from "#core/opsError";
import type { DeleteStep, QuarantineStep, RestoreStep, StepResult } from "#core/plans/plan";
import { deleteFile } from "#helper/quarantine/deleteFile";
import { isolateFile } from "#helper/quarantine/isolateFile";
import { restoreFile } from "#helper/quarantine/restoreFile";
import { changeError } from "./changeError.ts";
import { nothingToUndo } from "./session.ts";
import type { ApplySession, StepOutcome } from "./session.ts";

/** Takes a file away into quarantine. */
export async function runQuarantine(step: QuarantineStep, session: ApplySession): Promise<StepOutcome> {
  const entry = session.entry(step, step.target.path);
  const [alarm] = session.plan.alarms;
  return settled(async () => {
    const record = await isolateFile(
      {
        step,
        plan: session.plan.id,
        ...(alarm === undefined ? {} : { alarm }),
        onIntent: ({ id }) => entry.record("intent", `record ${id}`, { kind: "restore", record: id }),
      },
      session.quarantine,
    );
    session.sampleSizes.add(record.original.size);
    const left =
      record.missingNames === 0 ? "" : ` ${record.missingNames} further names of it stay, without any permission.`;
    const detail = `isolated as ${record.id}.${left}`;
    entry.record("done", detail, { kind: "restore", record: record.id });
    return { state: "done", detail, journal: entry.id };
  }, entry);
}

/** Puts an isolated file back. */
export async function runRestore(step: RestoreStep, session: ApplySession): Promise<StepOutcome> {
  const entry = session.entry(step, step.to?.path ?? step.target.path);
  const none = nothingToUndo("isolate the file again");
  return settled(async () => {
    const { differences } = await restoreFile(step, session.quarantine, () => entry.record("intent", "", none));
    const detail =
      differences.length === 0 ? "restored, identical to the recorded file" : `restored; ${differences.join("; ")}`;
    entry.record("done", detail, none);
    return { state: "done", detail, journal: entry.id };
  }, entry);
}

/** Removes the stored content for good. */
export async function runDelete(step: DeleteStep, session: ApplySession): Promise<StepOutcome> {
  const entry = session.entry(step, step.target.path);
  const none = nothingToUndo("deleted content is gone");
  return settled(async () => {
    await deleteFile(step, session.quarantine, () => entry.record("intent", "", none));
    const detail = "deleted; its record stays";
    entry.record("done", detail, none);
    return { state: "done", detail, journal: entry.id };
  }, entry);
}

/** A foreseen failure is a result, and is journalled; what the system refused unforeseen is one too. */
async function settled(
  work: () => Promise<StepOutcome>,
  entry: ReturnType<ApplySession["entry"]>,
): Promise<StepOutcome> {
  try {
    return await work();
  } catch (thrown) {
    const error = changeError(thrown, "The step");
    const detail = error.nextStep === "" ? error.message : `${error.message} ${error.nextStep}`;
    try {
      entry.record("failed", detail, nothingToUndo("nothing was changed"));
    } catch (journalError) {
      if (!OpsError.is(journalError, "noSpace", "readOnly")) throw journalError;
    }
    return { state: stateOf(error), detail, journal: entry.id };
  }
}

function stateOf(error: OpsError): StepResult["state"] {
  switch (error.kind) {
    case "preconditionChanged":
    case "notFound":
      return "drifted";
    case "refused":
      return "refused";
    default:
      return "failed";
  }
}
