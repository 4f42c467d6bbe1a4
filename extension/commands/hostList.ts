import * as vscode from "vscode";
import { OpsError } from "#core/opsError";
import { parseHostReference } from "#remote/config/hostReference";
import { saveHosts } from "../configuration.ts";
import { pickHost } from "../dialogs/pick.ts";
import { pickText } from "../dialogs/shownText.ts";
import type { HostEntry } from "../hosts/hostEntry.ts";
import type { Services } from "../services.ts";
import type { ViewNode } from "./node.ts";

/** Asks for an address, a group and an environment, and puts the host on the list. */
export async function addHost(services: Services): Promise<void> {
  const address = await vscode.window.showInputBox({
    title: "Add Host (1/3)",
    prompt: "A name from your ssh_config, user@host:port, or local for this machine",
    placeHolder: "ops@web-3.example.net",
    ignoreFocusOut: true,
    validateInput: (value) => addressProblem(value.trim(), services),
  });
  if (address === undefined) return;
  const group = await vscode.window.showInputBox({
    title: "Add Host (2/3)",
    prompt: "Group (may be empty)",
    placeHolder: "web",
  });
  if (group === undefined) return;
  const environment = await vscode.window.showQuickPick(
    [
      { label: "production", description: "actions ask for the host's name to be typed" },
      { label: "staging" },
      { label: "test" },
      { label: "none", description: "no environment" },
    ],
    { title: "Add Host (3/3)", placeHolder: "Environment, shown in every confirmation" },
  );
  if (environment === undefined) return;
  const entry: HostEntry = {
    address: address.trim(),
    ...(group.trim() === "" ? {} : { group: group.trim() }),
    ...(environment.label === "none" ? {} : { environment: environment.label }),
  };
  await saveHosts([...services.settings().hosts, entry]);
  const chosen = await vscode.window.showInformationMessage(`${entry.address} was added.`, "Connect");
  if (chosen === "Connect")
    await vscode.commands.executeCommand("countermine.connect", { kind: "host", address: entry.address });
}

/** Offers the names of the user's ssh_config. */
export async function importFromSshConfig(services: Services): Promise<void> {
  const known = new Set(services.settings().hosts.map(({ address }) => address));
  const names = (await services.listConfiguredHosts()).filter((name) => !known.has(name));
  if (names.length === 0) {
    throw new OpsError("notFound", "Your ssh_config names no host that is not on the list already.", {
      nextStep: "Add a host by its address instead.",
    });
  }
  const chosen = await vscode.window.showQuickPick(
    names.map((name) => ({ label: pickText(name), name })),
    { title: "Import from ssh_config", canPickMany: true, placeHolder: "Which hosts?" },
  );
  if (!chosen || chosen.length === 0) return;
  await saveHosts([...services.settings().hosts, ...chosen.map(({ name }) => ({ address: name }))]);
}

/** Takes a host off the list. Nothing is changed on the host. */
export async function removeFromList(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(services.workbench, nodes, "Remove from List");
  if (!state) return;
  await services.connections.disconnect(state.entry.address);
  await services.forgetSecrets(state.entry.address);
  await saveHosts(services.settings().hosts.filter(({ address }) => address !== state.entry.address));
}

function addressProblem(value: string, services: Services): string | undefined {
  if (value === "") return "Type an address.";
  if (services.settings().hosts.some(({ address }) => address === value)) return "This host is on the list already.";
  if (value === "local") return undefined;
  try {
    parseHostReference(value);
    return undefined;
  } catch (error) {
    return OpsError.is(error) ? error.message : "This is not an address.";
  }
}
