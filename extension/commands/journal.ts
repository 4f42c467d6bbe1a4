import * as vscode from "vscode";
import type { JournalEntry } from "#core/plans/journalEntry";
import { showText } from "#core/text/showBytes";
import { methods } from "#protocol/methods";
import { confirm, ensureActing, hostWords, requireActing } from "../dialogs/confirm.ts";
import { pickHost } from "../dialogs/pick.ts";
import { pickText } from "../dialogs/shownText.ts";
import { describeJournal } from "../documents/describeJournal.ts";
import { describeUndo } from "../documents/describePlan.ts";
import type { Services } from "../services.ts";
import type { HostState } from "../state/hostState.ts";
import { describeTime } from "../views/age.ts";
import type { ViewNode } from "./node.ts";
import { refreshHost } from "./refreshHost.ts";
import { onHost } from "./running.ts";

/** What was done on a host, by whom, and what can still be taken back. */
export async function showJournal(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(services.workbench, nodes, "Show Journal");
  if (!state) return;
  const entries = await readJournal(services, state);
  await services.documents.show(`Journal ${state.entry.address}`, describeJournal(entries, hostWords(state.entry)));
}

/** Takes back what one plan did, in reverse order. */
export async function undo(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(services.workbench, nodes, "Undo");
  if (!state) return;
  const entries = await readJournal(services, state);
  const named = nodes.find(({ kind }) => kind === "plan")?.id;
  const plan = named ?? (await pickPlan(entries));
  if (plan === undefined || !(await ensureActing(services.actMode, "Undo"))) return;
  const steps = entries.filter((entry) => entry.plan === plan && entry.state === "done");
  const details = steps.map(
    (entry) =>
      `${entry.undoable ? "Take back" : "Can't be taken back"}: ${showText(entry.kind, 40)} ${showText(entry.target, 120)}`,
  );
  if (!(await confirm({ action: "Undo this plan", entry: state.entry, details, button: "Undo" }))) return;
  requireActing(services.actMode);
  const result = await onHost(services, state, "Undo", async ({ session, signal, onProgress }) => {
    const undone = await session.client.request(methods.undo, { plan }, { signal, onProgress });
    await refreshHost(services, state.entry.address, session);
    return undone;
  });
  const failed = result.steps.filter((step) => step.state !== "done" && step.state !== "skipped");
  await services.documents.show(`Undo ${plan}`, describeUndo(plan, result, hostWords(state.entry)));
  if (failed.length > 0)
    void vscode.window.showWarningMessage(
      `${failed.length} steps could not be taken back on ${hostWords(state.entry)}. The result is open.`,
    );
}

/** Settles steps that a crash or a lost connection cut off. */
export async function recover(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(services.workbench, nodes, "Recover");
  if (!state) return;
  const { entries } = await onHost(services, state, "Looking for steps that were cut off", ({ session, signal }) =>
    session.client.request(methods.recover, { apply: false }, { signal }),
  );
  if (entries.length === 0) {
    void vscode.window.showInformationMessage(`Nothing was cut off on ${hostWords(state.entry)}.`);
    return;
  }
  if (!(await ensureActing(services.actMode, "Recover"))) return;
  const details = entries.map(
    (entry) => `${showText(entry.kind, 40)} ${showText(entry.target, 120)}: ${showText(entry.detail, 200)}`,
  );
  if (
    !(await confirm({
      action: `Recover ${entries.length} cut-off steps`,
      entry: state.entry,
      details,
      button: "Recover",
    }))
  )
    return;
  requireActing(services.actMode);
  const settled = await onHost(services, state, "Recover", async ({ session, signal }) => {
    const answer = await session.client.request(methods.recover, { apply: true }, { signal });
    await refreshHost(services, state.entry.address, session);
    return answer;
  });
  await services.documents.show(
    `Recovery ${state.entry.address}`,
    describeJournal(settled.entries, hostWords(state.entry)),
  );
}

async function readJournal(services: Services, state: HostState): Promise<readonly JournalEntry[]> {
  const { entries, problems = [] } = await onHost(services, state, "Reading the journal", ({ session, signal }) =>
    session.client.request(methods.journal, {}, { signal }),
  );
  for (const problem of problems) {
    void vscode.window.showWarningMessage(`The journal of ${hostWords(state.entry)}: ${showText(problem, 500)}`);
  }
  return entries;
}

async function pickPlan(entries: readonly JournalEntry[]): Promise<string | undefined> {
  const plans = [
    ...new Set(entries.filter(({ undoable, state }) => undoable && state === "done").map(({ plan }) => plan)),
  ].reverse();
  const chosen = await vscode.window.showQuickPick(
    plans.map((plan) => {
      const steps = entries.filter((entry) => entry.plan === plan);
      const first = steps[0];
      return {
        label: pickText(`${describeTime(first?.at ?? 0)} by ${first?.operator ?? "unknown"}`),
        detail: pickText(steps.map((step) => `${step.kind} ${step.target}`).join(", ")),
        plan,
      };
    }),
    { title: "Undo", placeHolder: plans.length === 0 ? "Nothing can be taken back" : "Which plan?" },
  );
  return chosen?.plan;
}
