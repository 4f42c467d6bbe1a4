import * as vscode from "vscode";
import type { AlarmState } from "#core/alarms/alarm";
import { presentError } from "../presentError.ts";
import type { Services } from "../services.ts";
import { readKey, readNodes, type ViewNode } from "./node.ts";

type Handler = (services: Services, nodes: readonly ViewNode[]) => Promise<void>;

/** A command's code is loaded when it is first run: activation must stay quick. */
function lazily(load: () => Promise<Handler>): Handler {
  return async (services, nodes) => {
    const handler = await load();
    await handler(services, nodes);
  };
}

function markAs(state: AlarmState, title: string, from: readonly AlarmState[]): Handler {
  return async (services, nodes) => {
    const { setAlarmState } = await import("./setAlarmState.ts");
    await setAlarmState(services, nodes, state, title, from);
  };
}

/** Every command of the manifest and what it does; test/manifest.test.ts compares the two. */
export const commandTable = {
  "countermine.addHost": lazily(async () => (await import("./hostList.ts")).addHost),
  "countermine.importFromSshConfig": lazily(async () => (await import("./hostList.ts")).importFromSshConfig),
  "countermine.removeFromList": lazily(async () => (await import("./hostList.ts")).removeFromList),
  "countermine.filterHosts": lazily(async () => (await import("./filterHosts.ts")).filterHosts),
  "countermine.connect": lazily(async () => (await import("./connect.ts")).connect),
  "countermine.disconnect": lazily(async () => (await import("./disconnect.ts")).disconnect),
  "countermine.triage": lazily(async () => (await import("./triage.ts")).triage),
  "countermine.showAlarm": lazily(async () => (await import("./showAlarm.ts")).showAlarm),
  "countermine.contain": lazily(async () => (await import("./contain.ts")).contain),
  "countermine.isolateAndKill": lazily(async () => (await import("./isolateAndKill.ts")).isolateAndKill),
  "countermine.markHandled": markAs("handled", "Mark as Handled", ["toBeHandled"]),
  "countermine.markToBeHandled": markAs("toBeHandled", "Mark as To Be Handled", ["handled", "ignored"]),
  "countermine.ignore": markAs("ignored", "Ignore", ["toBeHandled"]),
  "countermine.stopIgnoring": markAs("toBeHandled", "Do Not Ignore", ["ignored"]),
  "countermine.allowlist": lazily(async () => (await import("./allowlist.ts")).allowlist),
  "countermine.removeFromAllowlist": lazily(async () => (await import("./allowlist.ts")).removeFromAllowlist),
  "countermine.restore": lazily(async () => (await import("./restore.ts")).restore),
  "countermine.deleteIsolated": lazily(async () => (await import("./deleteIsolated.ts")).deleteIsolated),
  "countermine.refreshAutostart": lazily(async () => (await import("./autostart.ts")).refreshAutostart),
  "countermine.snapshotAutostart": lazily(async () => (await import("./autostart.ts")).snapshotAutostart),
  "countermine.showAutostartItem": lazily(async () => (await import("./autostart.ts")).showAutostartItem),
  "countermine.showAutostartChange": lazily(async () => (await import("./autostart.ts")).showAutostartChange),
  "countermine.showJournal": lazily(async () => (await import("./journal.ts")).showJournal),
  "countermine.undo": lazily(async () => (await import("./journal.ts")).undo),
  "countermine.recover": lazily(async () => (await import("./journal.ts")).recover),
  "countermine.removeFromHost": lazily(async () => (await import("./removeFromHost.ts")).removeFromHost),
  "countermine.switchToAct": async ({ actMode }) => actMode.act(),
  "countermine.switchToObserve": async ({ actMode }) => actMode.observe(),
  "countermine.showLog": async ({ log }) => log.show(),
  "countermine.openSettings": async () => {
    await vscode.commands.executeCommand("workbench.action.openSettings", "@ext:countermine.countermine");
  },
} satisfies Readonly<Record<string, Handler>>;

/** Registers the table; the wrapper logs and presents errors, so that a handler holds only its own intent. */
export function registerCommands(services: Services): vscode.Disposable {
  const registered = Object.entries<Handler>(commandTable).map(([id, handler]) =>
    vscode.commands.registerCommand(id, async (first: unknown, selection: unknown) => {
      services.log.debug(`command ${id}`);
      const key = readKey(first);
      const nodes = key ? [{ kind: "key", ...key }] : readNodes(first, selection);
      try {
        await handler(services, nodes);
      } catch (error) {
        await presentError(error, services.log);
      }
    }),
  );
  return vscode.Disposable.from(...registered);
}
