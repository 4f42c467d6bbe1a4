import * as vscode from "vscode";
import { methods } from "#protocol/methods";
import { confirm, ensureActing, hostWords, requireActing } from "../dialogs/confirm.ts";
import { pickHost } from "../dialogs/pick.ts";
import type { Services } from "../services.ts";
import { isHeld } from "../views/isolatedFiles/isolatedTree.ts";
import type { ViewNode } from "./node.ts";
import { onHost } from "./running.ts";

/** Takes the helper, its runtime and its state off a host. */
export async function removeFromHost(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(services.workbench, nodes, "Remove Countermine from Host");
  if (!state || !(await ensureActing(services.actMode, "Removing Countermine"))) return;
  const held = (state.isolated ?? []).filter(isHeld);
  const isAgreed = await confirm({
    action: "Remove Countermine",
    entry: state.entry,
    button: "Remove",
    mustType: held.length > 0,
    details: [
      ...(held.length > 0
        ? [`Cannot be undone: ${held.length} isolated files are deleted with it. Restore first what you want to keep.`]
        : []),
      "Deletes the helper, its runtime, the journal, alarm states and auto-start snapshots.",
    ],
  });
  if (!isAgreed) return;
  requireActing(services.actMode);
  const removed = await onHost(services, state, "Removing Countermine", async ({ session, signal }) => {
    const answer = await session.client.request(
      methods.removeState,
      { loseIsolatedFiles: held.length > 0 },
      { signal },
    );
    await session.client.request(methods.shutdown, {}, { signal }).catch(() => undefined);
    return answer.removed;
  });
  await services.connections.disconnect(state.entry.address);
  // Without its alarms the last triage would read as an all-clear.
  services.workbench.forget(state.entry.address);
  void vscode.window.showInformationMessage(
    `Countermine was removed from ${hostWords(state.entry)}: ${removed.length} folders.`,
  );
}
