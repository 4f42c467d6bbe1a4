import type { IsolatedFile } from "#core/plans/isolatedFile";
import { showText } from "#core/text/showBytes";
import { hostLabel } from "../../hosts/hostEntry.ts";
import type { HostState } from "../../state/hostState.ts";
import { describeTime } from "../age.ts";
import { distinct, rowLimit } from "../rows.ts";
import type { ViewItem } from "../viewItem.ts";

export type IsolatedNode =
  | { readonly kind: "host"; readonly address: string }
  | { readonly kind: "file"; readonly address: string; readonly id: string }
  | { readonly kind: "none"; readonly address: string }
  | { readonly kind: "more"; readonly address: string; readonly hidden: number };

export function isolatedChildren(
  node: IsolatedNode | undefined,
  states: readonly HostState[],
): readonly IsolatedNode[] {
  if (node === undefined) {
    return states
      .filter(({ isolated }) => isolated !== undefined)
      .map(({ entry }) => ({ kind: "host", address: entry.address }));
  }
  if (node.kind !== "host") return [];
  const { address } = node;
  const files = distinct(states.find(({ entry }) => entry.address === address)?.isolated ?? []);
  if (files.length === 0) return [{ kind: "none", address }];
  // What is held comes first: it must not fall behind the cut.
  const shown = [...files]
    .sort((a, b) => Number(isHeld(b)) - Number(isHeld(a)) || b.isolatedAt - a.isolatedAt || (a.id < b.id ? -1 : 1))
    .slice(0, rowLimit)
    .map(({ id }) => ({ kind: "file", address, id }) as const);
  const hidden = files.length - shown.length;
  return hidden > 0 ? [...shown, { kind: "more", address, hidden }] : shown;
}

export function isolatedItem(node: IsolatedNode, states: readonly HostState[]): ViewItem {
  const state = states.find(({ entry }) => entry.address === node.address);
  switch (node.kind) {
    case "host": {
      const count = distinct(state?.isolated ?? []).filter(isHeld).length;
      return {
        id: `host:${node.address}`,
        label: state ? showText(hostLabel(state.entry), 200) : showText(node.address, 200),
        description: `${state?.entry.environment === undefined ? "" : `${showText(state.entry.environment, 60)} · `}${count} isolated`,
        icon: { name: "vm" },
        context: "group",
        expand: "expanded",
      };
    }
    case "none":
      return {
        id: `${node.address}:none`,
        label: "No file is isolated on this host",
        icon: { name: "check" },
        context: "information",
        expand: "none",
      };
    case "more":
      return {
        id: `${node.address}:more`,
        label: `${node.hidden} more`,
        description: "use the command line for the whole list",
        icon: { name: "ellipsis" },
        context: "information",
        expand: "none",
      };
    case "file": {
      const file = state?.isolated?.find(({ id }) => id === node.id);
      return file
        ? describeFile(node.address, file)
        : {
            id: `gone:${node.id}`,
            label: "No longer there",
            icon: { name: "circle-slash" },
            context: "information",
            expand: "none",
          };
    }
  }
}

/** True while the content is in quarantine. */
export function isHeld(file: IsolatedFile): boolean {
  return file.status === "isolated" || file.status === "isolating" || file.status === "restoring";
}

function describeFile(address: string, file: IsolatedFile): ViewItem {
  const path = showText(file.path, 300);
  const mode = (file.mode & 0o7777).toString(8).padStart(4, "0");
  return {
    id: `${address}:${file.id}`,
    label: showText(file.path.slice(file.path.lastIndexOf("/") + 1), 150) || path,
    description: `${file.status} · ${path}`,
    tooltip: [
      path,
      `${file.status} since ${describeTime(file.isolatedAt)} (host's clock), source: ${file.source}`,
      `SHA-256 ${file.sha256}`,
      `${file.size} bytes, mode ${mode}, owner ${file.uid}:${file.gid}`,
      ...(file.alarm === undefined ? [] : [`Alarm ${showText(file.alarm, 40)}`]),
    ],
    icon: isHeld(file) ? { name: "lock" } : { name: "history", color: "muted" },
    context: isHeld(file) ? "isolated.isolated" : "isolated.gone",
    expand: "none",
    spoken: `${path}, ${file.status}`,
  };
}
