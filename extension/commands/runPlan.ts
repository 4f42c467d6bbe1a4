import * as vscode from "vscode";
import type { Plan, PlanResult } from "#core/plans/plan";
import { OpsError } from "#core/opsError";
import { methods } from "#protocol/methods";
import { type Claimed, lookAgain } from "#remote/verify/aliveProcesses";
import { confirm, ensureActing, hostWords, requireActing } from "../dialogs/confirm.ts";
import { describePlan, describeResult, stepTitle } from "../documents/describePlan.ts";
import { hostLabel } from "../hosts/hostEntry.ts";
import type { Services } from "../services.ts";
import type { HostState } from "../state/hostState.ts";
import { refreshHost } from "./refreshHost.ts";
import { onHost, type Run } from "./running.ts";

export interface PlannedAction {
  /** For example `Isolate and kill`. */
  readonly action: string;
  readonly button: string;
  readonly prepare: (run: Run) => Promise<Plan>;
  readonly mustType?: boolean;
}

/**
 * The two phases of every change: prepare the plan (reads only), show it, ask, apply
 * exactly it, look again past the helper, and show what became of each step.
 */
export async function runPlan(services: Services, state: HostState, planned: PlannedAction): Promise<void> {
  const { entry } = state;
  const plan = await onHost(services, state, `Planning: ${planned.action}`, planned.prepare);
  await services.documents.show(
    `Plan ${plan.id}`,
    describePlan(plan, {
      label: hostLabel(entry),
      ...(entry.environment === undefined ? {} : { environment: entry.environment }),
    }),
  );
  if (plan.steps.length === 0) {
    throw new OpsError(
      "refused",
      `There is nothing to do on ${hostWords(entry)}: ${plan.refused.length > 0 ? "every target was refused" : "no target was found"}. Nothing was changed.`,
      {
        nextStep: "The open plan says why.",
      },
    );
  }
  if (!(await ensureActing(services.actMode, planned.action))) return;
  const isAgreed = await confirm({
    action: planned.action,
    entry,
    button: planned.button,
    details: [...plan.irreversible.map((text) => `Cannot be undone: ${text}`), ...plan.steps.map(stepTitle)],
    ...(planned.mustType === true ? { mustType: true } : {}),
  });
  if (!isAgreed) return;
  requireActing(services.actMode);
  const result = await onHost(services, state, planned.action, async ({ session, signal, onProgress }) => {
    const applied = await session.client.request(methods.applyPlan, { plan }, { signal, onProgress });
    const second = await lookAgain(session.shell, killedIn(plan, applied)).catch(() => ({
      stillAlive: [],
      hasLooked: false,
    }));
    await refreshHost(services, entry.address, session);
    return { applied, second };
  });
  await services.documents.show(
    `Result ${plan.id}`,
    `${describeResult(plan, result.applied)}\n\n${secondLookWords(result.second)}\n`,
  );
  await announce(state, plan, result.applied, result.second.stillAlive);
}

function killedIn(plan: Plan, result: PlanResult): readonly Claimed[] {
  const done = new Set(result.steps.filter(({ state }) => state === "done").map(({ id }) => id));
  return plan.steps.flatMap((step) =>
    step.kind === "kill" && done.has(step.id) ? [{ pid: step.target.pid, startTime: step.target.startTime }] : [],
  );
}

function secondLookWords(second: { readonly stillAlive: readonly Claimed[]; readonly hasLooked: boolean }): string {
  if (!second.hasLooked) return "SECOND LOOK: the host gave no answer past the helper; nothing was confirmed.";
  return second.stillAlive.length === 0
    ? "SECOND LOOK: past the helper, none of the killed processes is there any more."
    : `SECOND LOOK: STILL THERE: ${second.stillAlive.map(({ pid }) => `pid ${pid}`).join(", ")}. Do not believe the result above.`;
}

async function announce(
  state: HostState,
  plan: Plan,
  result: PlanResult,
  stillAlive: readonly Claimed[],
): Promise<void> {
  const bad = result.steps.filter(
    ({ state: outcome }) => outcome === "failed" || outcome === "drifted" || outcome === "refused",
  );
  const where = hostWords(state.entry);
  const undoable = plan.steps.some(
    (step) => step.undoable && result.steps.some(({ id, state: outcome }) => id === step.id && outcome === "done"),
  );
  const buttons = undoable ? ["Undo"] : [];
  let text: string;
  if (stillAlive.length > 0)
    text = `The host says it is done, but ${stillAlive.length} killed processes are still there on ${where}.`;
  else if (result.respawned.length > 0)
    text = `It came back on ${where}: ${result.respawned.length} new processes. Something restarts it; look at Autostart History.`;
  else if (bad.length > 0)
    text = `${bad.length} of ${result.steps.length} steps were not done on ${where}. The result is open.`;
  else {
    const chosen = await vscode.window.showInformationMessage(
      `Done on ${where}: ${result.steps.length} steps.`,
      ...buttons,
    );
    if (chosen === "Undo")
      await vscode.commands.executeCommand("countermine.undo", {
        kind: "plan",
        address: state.entry.address,
        id: plan.id,
      });
    return;
  }
  const chosen = await vscode.window.showErrorMessage(text, ...buttons);
  if (chosen === "Undo")
    await vscode.commands.executeCommand("countermine.undo", {
      kind: "plan",
      address: state.entry.address,
      id: plan.id,
    });
}
