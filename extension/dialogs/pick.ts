import * as vscode from "vscode";
import type { AlarmState } from "#core/alarms/alarm";
import { OpsError } from "#core/opsError";
import { alarmsOf, type AlarmChoice, isolatedOf, type IsolatedChoice, type ViewNode } from "../commands/node.ts";
import { hostLabel } from "../hosts/hostEntry.ts";
import type { HostState } from "../state/hostState.ts";
import type { Workbench } from "../state/workbench.ts";
import { isHeld } from "../views/isolatedFiles/isolatedTree.ts";
import { pickText } from "./shownText.ts";

/** The host that a command is about: of the node, or chosen. Undefined when the operator backs out. */
export async function pickHost(
  workbench: Workbench,
  nodes: readonly ViewNode[],
  title: string,
  fits: (state: HostState) => boolean = () => true,
): Promise<HostState | undefined> {
  const named = nodes.find(({ address }) => address !== undefined)?.address;
  if (named !== undefined) return workbench.host(named);
  const states = workbench.visible.filter(fits);
  if (states.length === 0) {
    throw new OpsError("notFound", "There is no host that this command fits.", {
      nextStep: workbench.all.length === 0 ? "Add a host first." : "Connect a host first, or clear the filter.",
    });
  }
  if (states.length === 1) return states[0];
  const chosen = await vscode.window.showQuickPick(
    states.map((state) => ({
      label: pickText(hostLabel(state.entry)),
      description: pickText(state.entry.environment ?? ""),
      state,
    })),
    { title, placeHolder: "Which host?" },
  );
  return chosen?.state;
}

export async function pickAlarms(
  workbench: Workbench,
  nodes: readonly ViewNode[],
  title: string,
  /** States that the command is for: a selection may be mixed, and an allow-listed alarm must not be acted on. */
  fits: readonly AlarmState[] = ["toBeHandled", "handled", "ignored", "allowlisted"],
): Promise<readonly AlarmChoice[]> {
  const named = alarmsOf(nodes, workbench);
  if (named.length > 0) {
    const fitting = named.filter(({ alarm }) => fits.includes(alarm.state));
    if (fitting.length === 0) throw nothingFits(title);
    return fitting;
  }
  const all = workbench.visible.flatMap((state) =>
    state.alarms.filter((alarm) => fits.includes(alarm.state)).map((alarm) => ({ state, alarm })),
  );
  if (all.length === 0) {
    throw workbench.visible.some(({ alarms }) => alarms.length > 0)
      ? nothingFits(title)
      : new OpsError("notFound", "There is no alarm.", { nextStep: "Run Triage on a host first." });
  }
  const chosen = await vscode.window.showQuickPick(
    all.map((choice) => ({
      label: pickText(choice.alarm.title),
      description: pickText(
        `${choice.alarm.severity} · ${hostLabel(choice.state.entry)} · ${choice.alarm.process?.exe ?? choice.alarm.file?.path ?? ""}`,
      ),
      choice,
    })),
    { title, canPickMany: true, placeHolder: "Which alarms?" },
  );
  return (chosen ?? []).map(({ choice }) => choice);
}

export async function pickIsolated(
  workbench: Workbench,
  nodes: readonly ViewNode[],
  title: string,
): Promise<readonly IsolatedChoice[]> {
  const chosenRows = isolatedOf(nodes, workbench);
  const named = chosenRows.filter(({ file }) => isHeld(file));
  if (named.length > 0) return named;
  if (chosenRows.length > 0) {
    throw new OpsError("notFound", "None of these files is isolated any more. Nothing was changed.", {
      nextStep: "Choose files that are still isolated.",
    });
  }
  const all = workbench.visible.flatMap((state) =>
    (state.isolated ?? []).filter(isHeld).map((file) => ({ state, file })),
  );
  if (all.length === 0)
    throw new OpsError("notFound", "No file is isolated.", { nextStep: "Connect the host whose files you look for." });
  const chosen = await vscode.window.showQuickPick(
    all.map((choice) => ({
      label: pickText(choice.file.path),
      description: pickText(hostLabel(choice.state.entry)),
      choice,
    })),
    { title, canPickMany: true, placeHolder: "Which files?" },
  );
  return (chosen ?? []).map(({ choice }) => choice);
}

function nothingFits(title: string): OpsError {
  return new OpsError("notFound", `None of the alarms is in a state that ${title} is for. Nothing was changed.`, {
    nextStep: "Look at the state of the alarm: to be handled, handled, ignored or allow-listed.",
  });
}
