import * as vscode from "vscode";
import type { ActMode } from "./state/actMode.ts";
import type { Workbench } from "./state/workbench.ts";
import { describeFilter } from "./views/filter.ts";
import { openAlarmCount } from "./views/alarms/alarmTree.ts";

/** One item: how many alarms wait, and whether this window may change hosts. */
export function statusBar(workbench: Workbench, actMode: ActMode): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("countermine.status", vscode.StatusBarAlignment.Left, 10);
  item.name = "Countermine";
  item.command = "countermine.alarms.focus";
  const update = (): void => {
    const count = openAlarmCount(workbench.all);
    const mode = actMode.isActing ? "act" : "observe";
    item.text = `$(shield) ${count} ${count === 1 ? "alarm" : "alarms"} · ${mode}`;
    const connected = workbench.all.filter(({ connection }) => connection.kind === "connected").length;
    item.tooltip = `Countermine: ${connected} of ${workbench.all.length} hosts connected. ${actMode.isActing ? "Act mode: changes are possible, each is asked for." : "Observe mode: nothing on a host can be changed."}`;
    item.accessibilityInformation = { label: `Countermine: ${count} alarms to be handled, ${mode} mode` };
    item.backgroundColor = actMode.isActing ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    if (workbench.all.length > 0 || actMode.isActing) item.show();
    else item.hide();
    void vscode.commands.executeCommand("setContext", "countermine.isActing", actMode.isActing);
    void vscode.commands.executeCommand(
      "setContext",
      "countermine.isFiltered",
      describeFilter(workbench.filter) !== undefined,
    );
    void vscode.commands.executeCommand("setContext", "countermine.hasHosts", workbench.all.length > 0);
    void vscode.commands.executeCommand("setContext", "countermine.hasConnected", connected > 0);
  };
  update();
  return vscode.Disposable.from(item, workbench.onDidChange(update), actMode.onDidChange(update));
}
