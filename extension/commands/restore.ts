import * as vscode from "vscode";
import { OpsError } from "#core/opsError";
import { methods } from "#protocol/methods";
import { pickIsolated } from "../dialogs/pick.ts";
import { noticeText } from "../dialogs/shownText.ts";
import type { Services } from "../services.ts";
import { groupByHost } from "./groupByHost.ts";
import type { ViewNode } from "./node.ts";
import { runPlan } from "./runPlan.ts";

/** Puts isolated files back as they were. Starts nothing, allow-lists nothing, overwrites nothing. */
export async function restore(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const chosen = await pickIsolated(services.workbench, nodes, "Restore");
  for (const { state, items } of groupByHost(chosen)) {
    await runPlan(services, state, {
      action: `Restore ${items.length} ${items.length === 1 ? "file" : "files"}`,
      button: "Restore",
      prepare: async ({ session, signal, onProgress }) => {
        const ids = items.map(({ file }) => file.id);
        try {
          return await session.client.request(methods.planRestore, { ids }, { signal, onProgress });
        } catch (error) {
          if (!OpsError.is(error, "alreadyExists") || items.length !== 1) throw error;
          const to = await askPath(items[0]?.file.path ?? "", error.message);
          return session.client.request(methods.planRestore, { ids, to }, { signal, onProgress });
        }
      },
    });
  }
}

async function askPath(path: string, why: string): Promise<string> {
  const to = await vscode.window.showInputBox({
    title: "Restore As",
    prompt: `${noticeText(why, 300)} Type another absolute path, or press Escape.`,
    value: `${path}.restored`,
    ignoreFocusOut: true,
    validateInput: (value) =>
      value.startsWith("/") && value !== path ? undefined : "Type an absolute path that is free.",
  });
  if (to === undefined) throw new OpsError("cancelled", "Cancelled.");
  return to;
}
