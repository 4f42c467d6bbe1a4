import { join } from "node:path";
import { hostname, userInfo } from "node:os";
import * as vscode from "vscode";
import { registerCommands } from "./commands/table.ts";
import { languageClient } from "./languageClient.ts";
import { readSettings } from "./configuration.ts";
import { noticeText } from "./dialogs/shownText.ts";
import { documentScheme, Documents } from "./documents/documents.ts";
import { Connections } from "./hosts/connections.ts";
import { hostOpener } from "./hosts/hostOpener.ts";
import { SecretStore } from "./prompts/secretStore.ts";
import type { Services } from "./services.ts";
import { StateCache } from "./state/stateCache.ts";
import { ActMode } from "./state/actMode.ts";
import { Workbench } from "./state/workbench.ts";
import { statusBar } from "./statusBar.ts";
import { registerViews } from "./views/registerViews.ts";

/** Builds the objects and registers them, in order; nothing else happens here. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Countermine", { log: true });
  const settings = () => readSettings().settings;
  const workbench = new Workbench();
  const actMode = new ActMode(settings().startInActMode);
  const secrets = new SecretStore(context.secrets, () => settings().rememberPasswords, warnAboutSecrets);
  const connections = new Connections(
    workbench,
    hostOpener({
      secrets,
      settings,
      log,
      programFolder: join(context.extensionPath, "dist"),
      trustFile: join(context.globalStorageUri.fsPath, "trusted-host-keys.json"),
      operator: `${userInfo().username}@${hostname()}`,
    }),
  );
  const documents = new Documents();
  const cache = new StateCache(join(context.globalStorageUri.fsPath, "hosts"), (message) => log.warn(message));
  const services: Services = {
    workbench,
    connections,
    actMode,
    documents,
    log,
    settings,
    listConfiguredHosts: async () => (await import("./hosts/configuredHosts.ts")).configuredHosts(settings()),
    forgetSecrets: (address) => secrets.forgetHost(address),
  };
  const reload = (): void => {
    const { settings: now, problems } = readSettings();
    workbench.setHosts(now.hosts);
    void connections.keepOnly(new Set(now.hosts.map(({ address }) => address)));
    void cache.load(workbench);
    for (const { setting, message } of problems) log.warn(`${setting}: ${message}`);
    const [first] = problems;
    if (first) {
      const more = problems.length > 1 ? ` And ${problems.length - 1} more: see the log.` : "";
      void vscode.window.showWarningMessage(noticeText(`${first.setting}: ${first.message}${more}`));
    }
  };

  context.subscriptions.push(
    log,
    documents,
    actMode,
    vscode.workspace.registerTextDocumentContentProvider(documentScheme, documents),
    registerViews(workbench),
    languageClient(join(context.extensionPath, "dist", "server.cjs"), log),
    statusBar(workbench, actMode),
    registerCommands(services),
    cache.follow(workbench),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("countermine")) reload();
    }),
    { dispose: () => void connections.dispose() },
  );
  reload();
  if (settings().connectAtStart) {
    for (const { entry } of workbench.all) {
      void vscode.commands.executeCommand("countermine.connect", { kind: "host", address: entry.address });
    }
  }
}

function warnAboutSecrets(): void {
  void vscode.window.showWarningMessage(
    "This machine has no place for secrets (no keyring): passwords are kept in memory until the window closes.",
  );
}
