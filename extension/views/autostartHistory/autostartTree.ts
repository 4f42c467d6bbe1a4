import type { AutostartDocument } from "#core/autostart/autostartDocument";
import type { AutostartChange, AutostartItem } from "#core/autostart/item";
import { showText } from "#core/text/showBytes";
import { hostLabel } from "../../hosts/hostEntry.ts";
import type { HostState } from "../../state/hostState.ts";
import { describeTime } from "../age.ts";
import { distinct, rowLimit } from "../rows.ts";
import type { ViewItem } from "../viewItem.ts";

export type AutostartNode =
  | { readonly kind: "host"; readonly address: string }
  | { readonly kind: "changes"; readonly address: string }
  | { readonly kind: "class"; readonly address: string; readonly name: string }
  | { readonly kind: "item"; readonly address: string; readonly id: string }
  | { readonly kind: "change"; readonly address: string; readonly index: number }
  | { readonly kind: "notRun"; readonly address: string; readonly index: number }
  | { readonly kind: "none"; readonly address: string }
  | { readonly kind: "more"; readonly address: string; readonly of: string; readonly hidden: number };

export function autostartChildren(
  node: AutostartNode | undefined,
  states: readonly HostState[],
): readonly AutostartNode[] {
  if (node === undefined) {
    return states
      .filter(({ autostart }) => autostart !== undefined)
      .map(({ entry }) => ({ kind: "host", address: entry.address }));
  }
  const { address } = node;
  const document = states.find(({ entry }) => entry.address === address)?.autostart;
  if (!document) return [];
  switch (node.kind) {
    case "host": {
      const names = [...new Set(document.items.map(({ className }) => className))].sort();
      return [
        { kind: "changes", address },
        ...names.map((name) => ({ kind: "class", address, name }) as const),
        ...document.notRun.map((_, index) => ({ kind: "notRun", address, index }) as const),
      ];
    }
    case "changes": {
      const count = document.changes?.length ?? 0;
      if (count === 0) return [{ kind: "none", address }];
      const shown = Array.from(
        { length: Math.min(count, rowLimit) },
        (_, index) => ({ kind: "change", address, index }) as const,
      );
      return count > rowLimit ? [...shown, { kind: "more", address, of: "changes", hidden: count - rowLimit }] : shown;
    }
    case "class": {
      const items = [...itemsOfClass(document, node.name)].sort(
        (a, b) => b.risk.length - a.risk.length || (a.path === b.path ? 0 : a.path < b.path ? -1 : 1),
      );
      const shown = items.slice(0, rowLimit).map(({ id }) => ({ kind: "item", address, id }) as const);
      const hidden = items.length - shown.length;
      return hidden > 0 ? [...shown, { kind: "more", address, of: node.name, hidden }] : shown;
    }
    case "item":
    case "change":
    case "notRun":
    case "none":
    case "more":
      return [];
  }
}

export function autostartItem(node: AutostartNode, states: readonly HostState[]): ViewItem {
  const state = states.find(({ entry }) => entry.address === node.address);
  const document = state?.autostart;
  switch (node.kind) {
    case "host":
      return {
        id: `host:${node.address}`,
        label: state ? showText(hostLabel(state.entry), 200) : showText(node.address, 200),
        description: `${document?.items.length ?? 0} items, ${isCompared(document) ? `${document?.changes?.length ?? 0} changes since the snapshot` : "not compared"}`,
        icon: { name: "vm" },
        context: "group",
        expand: "expanded",
      };
    case "changes":
      return {
        id: `${node.address}:changes`,
        label: "Changes",
        description: isCompared(document) ? `${document?.changes?.length ?? 0}` : "not compared",
        icon: { name: "history" },
        context: "group",
        expand: "expanded",
      };
    case "class": {
      const items = document ? itemsOfClass(document, node.name) : [];
      const risky = items.filter(({ risk }) => risk.length > 0).length;
      return {
        id: `${node.address}:class:${node.name}`,
        label: showText(node.name, 100) || "Class without a name",
        description: `${items.length}${risky > 0 ? `, ${risky} deserve a look` : ""}`,
        icon: { name: "list-tree" },
        context: "group",
        expand: "collapsed",
      };
    }
    case "item": {
      const item = document?.items.find(({ id }) => id === node.id);
      return item ? describeItem(node.address, item) : vanished(node.id);
    }
    case "change": {
      const change = document?.changes?.[node.index];
      return change ? describeChange(node.address, change, node.index) : vanished(String(node.index));
    }
    case "notRun": {
      const problem = document?.notRun[node.index];
      return {
        id: `${node.address}:notRun:${node.index}`,
        label: `${showText(problem?.class ?? "", 100)} was not read in full`,
        description: showText(problem?.reason ?? "", 300),
        icon: { name: "question", color: "warning" },
        context: "information",
        expand: "none",
      };
    }
    case "more":
      return {
        id: `${node.address}:more:${node.of}`,
        label: `${node.hidden} more`,
        description: "use the command line for the whole list",
        icon: { name: "ellipsis" },
        context: "information",
        expand: "none",
      };
    case "none":
      if (!isCompared(document)) {
        return {
          id: `${node.address}:none`,
          label: "Not compared: there is no snapshot to compare with",
          description: "take a snapshot",
          icon: { name: "question", color: "warning" },
          context: "information",
          expand: "none",
        };
      }
      return {
        id: `${node.address}:none`,
        label: "No change since the last snapshot",
        icon: { name: "check" },
        context: "information",
        expand: "none",
      };
  }
}

function itemsOfClass(document: AutostartDocument, name: string): readonly AutostartItem[] {
  return distinct(document.items).filter(({ className }) => className === name);
}

/** False where changes are not known: "no change" may only be said after a comparison. */
function isCompared(document: AutostartDocument | undefined): boolean {
  return document?.changes !== undefined && !document.notRun.some((one) => one.class === "changes");
}

function describeItem(address: string, item: AutostartItem): ViewItem {
  const risky = item.risk.length > 0;
  return {
    id: `${address}:item:${item.id}`,
    label: showText(item.name, 150) || "Item without a name",
    description: `${item.enabled ? "" : "disabled · "}${showText(item.command ?? item.path, 200)}`,
    tooltip: [
      `${showText(item.path, 300)}${item.line === undefined ? "" : `:${item.line}`}`,
      `Runs as ${showText(item.runUser, 60)}, ${showText(item.trigger, 100)}, ${item.owner === "package" ? "part of a package" : item.owner}`,
      ...item.risk.map((reason) => `Risk: ${showText(reason, 200)}`),
      `Changed ${describeTime(item.mtime)}`,
    ],
    icon: risky
      ? { name: "warning", color: "warning" }
      : { name: item.enabled ? "play" : "circle-slash", color: "muted" },
    context: "autostart.item",
    expand: "none",
    opens: { command: "countermine.showAutostartItem", title: "Show Item", argument: `${address}\n${item.id}` },
  };
}

const changeWords: Readonly<Record<AutostartChange["change"], { readonly word: string; readonly icon: string }>> = {
  add: { word: "added", icon: "diff-added" },
  delete: { word: "deleted", icon: "diff-removed" },
  modify: { word: "modified", icon: "diff-modified" },
};

function describeChange(address: string, change: AutostartChange, index: number): ViewItem {
  const { word, icon } = changeWords[change.change];
  return {
    id: `${address}:change:${index}`,
    label: showText(change.item.name, 150) || "Item without a name",
    description: `${word}${change.fields.length > 0 ? ` (${change.fields.map((field) => showText(field, 30)).join(", ")})` : ""} · ${showText(change.item.path, 200)}`,
    tooltip: [
      `${word}, noticed ${describeTime(change.seenAt)}`,
      `File changed ${describeTime(change.item.ctime)} (host's clock)`,
    ],
    icon: { name: icon, color: "warning" },
    context: "autostart.change",
    expand: "none",
    opens: { command: "countermine.showAutostartChange", title: "Show Change", argument: `${address}\n${index}` },
  };
}

function vanished(id: string): ViewItem {
  return {
    id: `gone:${id}`,
    label: "No longer there",
    icon: { name: "circle-slash" },
    context: "information",
    expand: "none",
  };
}
