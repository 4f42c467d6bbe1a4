import * as vscode from "vscode";
import type { HostEntry } from "./hosts/hostEntry.ts";
import { parseSettings, section, type SettingProblem, type Settings } from "./settings.ts";

/** The only reader of the editor's configuration. */
export function readSettings(): { readonly settings: Settings; readonly problems: readonly SettingProblem[] } {
  const configuration = vscode.workspace.getConfiguration(section);
  return parseSettings((name) => configuration.get(name));
}

/** The only writer: the user's own list of hosts. */
export async function saveHosts(hosts: readonly HostEntry[]): Promise<void> {
  await vscode.workspace.getConfiguration(section).update("hosts", hosts, vscode.ConfigurationTarget.Global);
}
