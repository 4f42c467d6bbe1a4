import * as vscode from "vscode";
import type { Icon, ViewItem } from "./viewItem.ts";

/** Refreshes are gathered: the tree never redraws more often than this. */
const refreshMilliseconds = 250;

interface Projection<Node> {
  readonly children: (node: Node | undefined) => readonly Node[];
  readonly item: (node: Node) => ViewItem;
}

/** Any of our trees: it owns the change event and nothing else. */
export class TreeProvider<Node> implements vscode.TreeDataProvider<Node> {
  readonly #projection: Projection<Node>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  #timer: NodeJS.Timeout | undefined;

  constructor(projection: Projection<Node>) {
    this.#projection = projection;
  }

  getChildren(node?: Node): Node[] {
    return [...this.#projection.children(node)];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return toTreeItem(this.#projection.item(node));
  }

  refresh(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed.fire();
    }, refreshMilliseconds);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }
}

const collapsible: Readonly<Record<ViewItem["expand"], vscode.TreeItemCollapsibleState>> = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
};

const colors: Readonly<Record<NonNullable<Icon["color"]>, string>> = {
  error: "list.errorForeground",
  warning: "list.warningForeground",
  ok: "testing.iconPassed",
  muted: "disabledForeground",
};

function toTreeItem(item: ViewItem): vscode.TreeItem {
  // A label object is never read for icons or markup, unlike text in a tooltip's Markdown.
  const row = new vscode.TreeItem({ label: item.label }, collapsible[item.expand]);
  row.id = item.id;
  row.contextValue = item.context;
  row.iconPath = new vscode.ThemeIcon(
    item.icon.name,
    item.icon.color === undefined ? undefined : new vscode.ThemeColor(colors[item.icon.color]),
  );
  if (item.description !== undefined) row.description = item.description;
  row.tooltip = plainTooltip(item.tooltip ?? [item.label]);
  row.accessibilityInformation = { label: item.spoken ?? `${item.label} ${item.description ?? ""}` };
  if (item.opens)
    row.command = { command: item.opens.command, title: item.opens.title, arguments: [item.opens.argument] };
  return row;
}

/** appendText escapes everything; nothing in it can be a link, an icon or an image. */
function plainTooltip(lines: readonly string[]): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString(undefined, false);
  tooltip.isTrusted = false;
  tooltip.supportHtml = false;
  tooltip.appendText(lines.join("\n").slice(0, 2000));
  return tooltip;
}
