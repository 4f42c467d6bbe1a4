import * as vscode from "vscode";
import type { Workbench } from "../state/workbench.ts";
import { alarmChildren, alarmItem, type AlarmNode, openAlarmCount } from "./alarms/alarmTree.ts";
import { autostartChildren, autostartItem, type AutostartNode } from "./autostartHistory/autostartTree.ts";
import { describeFilter } from "./filter.ts";
import { hostChildren, hostItem, type HostNode } from "./hosts/hostTree.ts";
import { isolatedChildren, isolatedItem, type IsolatedNode } from "./isolatedFiles/isolatedTree.ts";
import { TreeProvider } from "./treeView.ts";

/** Ages such as "3 min ago" are redrawn this often while a view is open. */
const ageMilliseconds = 60_000;

/** The four views, each a projection of the workbench. */
export function registerViews(workbench: Workbench): vscode.Disposable {
  const now = (): number => Date.now();
  const hosts = new TreeProvider<HostNode>({
    children: (node) => hostChildren(node, workbench.visible),
    item: (node) => hostItem(node, workbench.visible, now()),
  });
  const alarms = new TreeProvider<AlarmNode>({
    children: (node) => alarmChildren(node, workbench.visible),
    item: (node) => alarmItem(node, workbench.visible, now()),
  });
  const isolated = new TreeProvider<IsolatedNode>({
    children: (node) => isolatedChildren(node, workbench.visible),
    item: (node) => isolatedItem(node, workbench.visible),
  });
  const autostart = new TreeProvider<AutostartNode>({
    children: (node) => autostartChildren(node, workbench.visible),
    item: (node) => autostartItem(node, workbench.visible),
  });
  const providers = [hosts, alarms, isolated, autostart];
  const views = [
    vscode.window.createTreeView("countermine.hosts", { treeDataProvider: hosts, showCollapseAll: true }),
    vscode.window.createTreeView("countermine.alarms", {
      treeDataProvider: alarms,
      canSelectMany: true,
      showCollapseAll: true,
    }),
    vscode.window.createTreeView("countermine.isolatedFiles", { treeDataProvider: isolated, canSelectMany: true }),
    vscode.window.createTreeView("countermine.autostartHistory", {
      treeDataProvider: autostart,
      showCollapseAll: true,
    }),
  ] as const;
  const update = (): void => {
    const count = openAlarmCount(workbench.visible);
    const [, alarmView] = views;
    alarmView.badge = count === 0 ? undefined : { value: count, tooltip: `${count} alarms to be handled` };
    for (const view of views) {
      const filter = describeFilter(workbench.filter);
      view.description = filter === undefined ? "" : `filtered: ${filter}`;
    }
    for (const provider of providers) provider.refresh();
  };
  const timer = setInterval(() => {
    for (const provider of providers) provider.refresh();
  }, ageMilliseconds);
  update();
  return vscode.Disposable.from(...views, ...providers, workbench.onDidChange(update), {
    dispose: () => clearInterval(timer),
  });
}
