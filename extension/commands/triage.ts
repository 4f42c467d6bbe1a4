import * as vscode from "vscode";
import { methods } from "#protocol/methods";
import { readAllowRules } from "../allowlist/allowlistFile.ts";
import { hostWords } from "../dialogs/confirm.ts";
import { pickHost } from "../dialogs/pick.ts";
import type { Services } from "../services.ts";
import type { HostState } from "../state/hostState.ts";
import type { ViewNode } from "./node.ts";
import { refreshHost } from "./refreshHost.ts";
import { onHost } from "./running.ts";

export async function triage(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(services.workbench, nodes, "Triage");
  if (state) await triageHost(services, state);
}

/** Runs all checks on one host and shows the result in the views, with one sentence in the end. */
export async function triageHost(services: Services, state: HostState): Promise<void> {
  const { address } = state.entry;
  const document = await onHost(services, state, "Triage", async ({ session, signal, onProgress }) => {
    const result = await session.client.request(
      methods.triage,
      { mode: services.settings().detectionMode, allowRules: await readAllowRules(services.log) },
      { signal, onProgress },
    );
    services.workbench.update(address, { triage: result, triagedAt: Date.now(), alarms: result.alarms });
    await refreshHost(services, address, session);
    return result;
  });
  const open = document.alarms.filter((alarm) => alarm.state === "toBeHandled").length;
  const { processes, checksRun } = document.stats;
  const looked = `${processes} processes, ${checksRun} checks`;
  if (open > 0) {
    const chosen = await vscode.window.showWarningMessage(
      `${open} ${open === 1 ? "alarm" : "alarms"} to be handled on ${hostWords(state.entry)} (${looked}).`,
      "Show Alarms",
    );
    if (chosen === "Show Alarms") await vscode.commands.executeCommand("countermine.alarms.focus");
  } else if (document.notRun.length > 0) {
    void vscode.window.showWarningMessage(
      `Nothing was found on ${hostWords(state.entry)}, but ${document.notRun.length} checks could not look (${looked}). It is not known to be well.`,
    );
  } else {
    void vscode.window.showInformationMessage(`Nothing was found on ${hostWords(state.entry)} (${looked}).`);
  }
}
