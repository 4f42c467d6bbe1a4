import * as vscode from "vscode";
import { pickHost } from "../dialogs/pick.ts";
import { hostWords } from "../dialogs/confirm.ts";
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
      void offerRecovery(unsettled, hostWords(state.entry));
    }
  });
}

async function offerRecovery(unsettled: number, where: string): Promise<void> {
  const chosen = await vscode.window.showWarningMessage(
    `${unsettled} ${unsettled === 1 ? "step was" : "steps were"} cut off on ${where} earlier.`,
    "Recover",
    "Show Journal",
  );
  if (chosen === "Recover") await vscode.commands.executeCommand("countermine.recover");
  if (chosen === "Show Journal") await vscode.commands.executeCommand("countermine.showJournal");
}
