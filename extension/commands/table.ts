import * as vscode from "vscode";
import { presentError } from "../presentError.ts";
import type { Services } from "../services.ts";
import { allowlist, removeFromAllowlist } from "./allowlist.ts";
import { refreshAutostart, showAutostartChange, showAutostartItem, snapshotAutostart } from "./autostart.ts";
import { connect } from "./connect.ts";
import { contain } from "./contain.ts";
import { deleteIsolated } from "./deleteIsolated.ts";
import { disconnect } from "./disconnect.ts";
import { filterHosts } from "./filterHosts.ts";
import { addHost, importFromSshConfig, removeFromList } from "./hostList.ts";
import { isolateAndKill } from "./isolateAndKill.ts";
import { recover, showJournal, undo } from "./journal.ts";
import { readKey, readNodes, type ViewNode } from "./node.ts";
import { removeFromHost } from "./removeFromHost.ts";
import { restore } from "./restore.ts";
import { setAlarmState } from "./setAlarmState.ts";
import { showAlarm } from "./showAlarm.ts";
import { triage } from "./triage.ts";

type Handler = (services: Services, nodes: readonly ViewNode[]) => Promise<void>;

/** Every command of the manifest and what it does; test/manifest.test.ts compares the two. */
export const commandTable = {
  "countermine.addHost": addHost,
  "countermine.importFromSshConfig": importFromSshConfig,
  "countermine.removeFromList": removeFromList,
  "countermine.filterHosts": filterHosts,
  "countermine.connect": connect,
  "countermine.disconnect": disconnect,
  "countermine.triage": triage,
  "countermine.showAlarm": showAlarm,
  "countermine.contain": contain,
  "countermine.isolateAndKill": isolateAndKill,
  "countermine.markHandled": (services, nodes) => setAlarmState(services, nodes, "handled", "Mark as Handled"),
  "countermine.markToBeHandled": (services, nodes) =>
    setAlarmState(services, nodes, "toBeHandled", "Mark as To Be Handled"),
  "countermine.ignore": (services, nodes) => setAlarmState(services, nodes, "ignored", "Ignore"),
  "countermine.stopIgnoring": (services, nodes) => setAlarmState(services, nodes, "toBeHandled", "Do Not Ignore"),
  "countermine.allowlist": allowlist,
  "countermine.removeFromAllowlist": removeFromAllowlist,
  "countermine.restore": restore,
  "countermine.deleteIsolated": deleteIsolated,
  "countermine.refreshAutostart": refreshAutostart,
  "countermine.snapshotAutostart": snapshotAutostart,
  "countermine.showAutostartItem": showAutostartItem,
  "countermine.showAutostartChange": showAutostartChange,
  "countermine.showJournal": showJournal,
  "countermine.undo": undo,
  "countermine.recover": recover,
  "countermine.removeFromHost": removeFromHost,
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
