import { createHash } from "node:crypto";
import { OpsError } from "#core/opsError";
import type { Plan, PlanResult, PlanStep, StepResult } from "#core/plans/plan";
import { isSealIntact } from "#core/plans/sealPlan";
import type { Sha256 } from "#core/plans/sealPlan";
import { latestLines } from "#helper/journal/journal";
import { shortened } from "#helper/journal/shortened";
import type { ExecutionContext } from "./context.ts";
import { runDelete, runQuarantine, runRestore } from "./fileSteps.ts";
import { runEvidence, runFreeze, runKill, runWatch } from "./processSteps.ts";
import type { ApplySession, StepOutcome } from "./session.ts";

export interface ApplyProgress {
  readonly step: string;
  readonly kind: PlanStep["kind"];
  /** From 1. */
  readonly index: number;
  readonly total: number;
  readonly state: "started" | StepResult["state"];
  readonly detail: string;
}

export const sha256OfText: Sha256 = (text) => createHash("sha256").update(text, "utf8").digest("hex");

/**
 * Refuses a plan that is not the one that was shown, or is for another host or boot.
 * Throws an OpsError `preconditionChanged`. A seal can be forged together with a plan,
 * so nothing is trusted because of it: every step is judged again on the live host.
 */
export function requireApplicable(plan: Plan, execution: ExecutionContext): void {
  if (!isSealIntact(plan, sha256OfText))
    throw new OpsError("preconditionChanged", "The plan is not the one that was made: its digest does not fit.", {
      nextStep: "Plan again.",
    });
  if (plan.host.id !== execution.host.id)
    throw new OpsError("preconditionChanged", "The plan was made for another host; nothing was changed.");
  if (plan.host.bootId !== execution.host.bootId)
    throw new OpsError("preconditionChanged", "The host was restarted since the plan was made; nothing was changed.", {
      nextStep: "Plan again.",
    });
}

/** Runs the steps of a plan in order. A step that was done before is not done twice. */
export async function runSteps(
  session: ApplySession,
  onProgress: (progress: ApplyProgress) => void,
): Promise<PlanResult> {
  const { plan, signal } = session;
  const doneBefore = new Map(
    latestLines(session.journal.read().lines)
      .filter((line) => line.plan === plan.id && line.state === "done")
      .map((line) => [line.step, line]),
  );
  const steps: StepResult[] = [];
  for (const [position, step] of plan.steps.entries()) {
    const report = (state: ApplyProgress["state"], detail: string): void =>
      onProgress({ step: step.id, kind: step.kind, index: position + 1, total: plan.steps.length, state, detail });
    report("started", "");
    const earlier = doneBefore.get(step.id);
    const outcome: StepOutcome =
      earlier !== undefined
        ? { state: "skipped", detail: `Done already at ${new Date(earlier.at).toISOString()}: ${earlier.detail}` }
        : signal?.aborted === true
          ? { state: "skipped", detail: "Cancelled before this step." }
          : await runStepSafely(step, session);
    steps.push({ id: step.id, kind: step.kind, ...outcome, detail: shortened(outcome.detail) });
    session.execution.log(`${plan.id} ${step.id} ${step.kind}: ${outcome.state}. ${outcome.detail}`);
    report(outcome.state, outcome.detail);
  }
  return {
    schema: "countermine/result@1",
    plan: plan.id,
    steps,
    respawned: session.respawned,
    refused: [...plan.refused, ...session.refused],
  };
}

/** A step that could not even be journalled was not done; the others are still tried, each on its own. */
async function runStepSafely(step: PlanStep, session: ApplySession): Promise<StepOutcome> {
  try {
    return await runStep(step, session);
  } catch (error) {
    if (!OpsError.is(error)) throw error;
    return { state: "failed", detail: error.message };
  }
}

async function runStep(step: PlanStep, session: ApplySession): Promise<StepOutcome> {
  switch (step.kind) {
    case "freeze":
      return runFreeze(step, session);
    case "evidence":
      return runEvidence(step, session);
    case "quarantine":
      return runQuarantine(step, session);
    case "kill":
      return runKill(step, session);
    case "watch":
      return runWatch(step, session);
    case "restore":
      return runRestore(step, session);
    case "delete":
      return runDelete(step, session);
  }
}
