import * as vscode from "vscode";
import { methods } from "#protocol/methods";
import { pickIsolated } from "../dialogs/pick.ts";
import type { Services } from "../services.ts";
import { groupByHost } from "./groupByHost.ts";
import type { ViewNode } from "./node.ts";
import { runPlan } from "./runPlan.ts";

/** Deletes isolated files for good. The number of files has to be typed: there is no way back. */
export async function deleteIsolated(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const chosen = await pickIsolated(services.workbench, nodes, "Delete Isolated Files");
  if (chosen.length === 0) return;
  const count = String(chosen.length);
  const typed = await vscode.window.showInputBox({
    title: "Delete isolated files for good",
    prompt: `Deleted files can't be restored. Type ${count}, the number of files, to go on.`,
    ignoreFocusOut: true,
    validateInput: (value) => (value === count ? undefined : `Type ${count}, or press Escape to cancel.`),
  });
  if (typed !== count) return;
  for (const { state, items } of groupByHost(chosen)) {
    const ids = items.map(({ file }) => file.id);
    await runPlan(services, state, {
      action: `Delete ${items.length} isolated ${items.length === 1 ? "file" : "files"}`,
      button: "Delete for Good",
      prepare: ({ session, signal, onProgress }) =>
        session.client.request(methods.planDelete, { ids }, { signal, onProgress }),
    });
  }
}
