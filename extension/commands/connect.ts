import * as vscode from "vscode";
import { pickHost } from "../dialogs/pick.ts";
import { hostWords } from "../dialogs/confirm.ts";
import type { HostEntry } from "../hosts/hostEntry.ts";
import type { Services } from "../services.ts";
import type { ViewNode } from "./node.ts";
import { onHost } from "./running.ts";
import { refreshHost } from "./refreshHost.ts";

export async function connect(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(
    services.workbench,
    nodes,
    "Connect",
    ({ connection }) => connection.kind !== "connected",
  );
  if (!state) return;
  await onHost(services, state, "Connecting", async ({ session }) => {
    await refreshHost(services, state.entry.address, session);
    const unsettled = session.handshake.unsettled;
    if (unsettled > 0) {
      void offerRecovery(unsettled, state.entry);
    } else void offerTriage(services, state.entry);
  });
}

/** Connected is not the same as well: a host that nobody has looked at says so once. */
async function offerTriage(services: Services, entry: HostEntry): Promise<void> {
  const state = services.workbench.host(entry.address);
  if (state?.triage !== undefined || state?.connection.kind !== "connected") return;
  const chosen = await vscode.window.showInformationMessage(
    `Connected to ${hostWords(entry)}. It has not been looked at yet.`,
    "Triage",
  );
  if (chosen === "Triage") await vscode.commands.executeCommand("countermine.triage", hostNode(entry));
}

function hostNode({ address }: HostEntry): ViewNode {
  return { kind: "host", address };
}

async function offerRecovery(unsettled: number, entry: HostEntry): Promise<void> {
  const chosen = await vscode.window.showWarningMessage(
    `${unsettled} ${unsettled === 1 ? "step was" : "steps were"} cut off on ${hostWords(entry)} earlier.`,
    "Recover",
    "Show Journal",
  );
  if (chosen === "Recover") await vscode.commands.executeCommand("countermine.recover", hostNode(entry));
  if (chosen === "Show Journal") await vscode.commands.executeCommand("countermine.showJournal", hostNode(entry));
}
