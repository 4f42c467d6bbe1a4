import * as vscode from "vscode";

const views = [
  "countermine.hosts",
  "countermine.alarms",
  "countermine.isolatedFiles",
  "countermine.autostartHistory",
] as const;

/** Registers everything the extension contributes; the objects live in the folders beside this file. */
export function activate(context: vscode.ExtensionContext): void {
  for (const view of views) {
    context.subscriptions.push(vscode.window.registerTreeDataProvider(view, new EmptyTree()));
  }
}

/** A view without rows; its welcome text in package.json says what to do first. */
class EmptyTree implements vscode.TreeDataProvider<never> {
  getTreeItem(element: never): vscode.TreeItem {
    return element;
  }

  getChildren(): never[] {
    return [];
  }
}
