import * as vscode from "vscode";
import { pickText } from "../dialogs/shownText.ts";
import type { Services } from "../services.ts";
import type { HostFilter } from "../views/filter.ts";

/** Narrows every view to one group or environment. */
export async function filterHosts(services: Services): Promise<void> {
  const entries = services.workbench.all.map(({ entry }) => entry);
  const groups = [...new Set(entries.flatMap(({ group }) => group ?? []))].sort();
  const environments = [...new Set(entries.flatMap(({ environment }) => environment ?? []))].sort();
  const items: readonly (vscode.QuickPickItem & { readonly filter: HostFilter })[] = [
    { label: "All hosts", filter: {} },
    ...groups.map((group) => ({ label: pickText(group), description: "group", filter: { group } })),
    ...environments.map((environment) => ({
      label: pickText(environment),
      description: "environment",
      filter: { environment },
    })),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: "Filter Hosts",
    placeHolder: "Which hosts shall the views show?",
  });
  if (chosen) services.workbench.setFilter(chosen.filter);
}
