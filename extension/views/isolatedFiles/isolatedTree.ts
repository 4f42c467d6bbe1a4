import type { IsolatedFile } from "#core/plans/isolatedFile";
import { showText } from "#core/text/showBytes";
import { hostLabel } from "../../hosts/hostEntry.ts";
import type { HostState } from "../../state/hostState.ts";
import { describeTime } from "../age.ts";
import type { ViewItem } from "../viewItem.ts";

export type IsolatedNode =
  | { readonly kind: "host"; readonly address: string }
  | { readonly kind: "file"; readonly address: string; readonly id: string }
  | { readonly kind: "none"; readonly address: string };

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
  const files = states.find(({ entry }) => entry.address === node.address)?.isolated ?? [];
  if (files.length === 0) return [{ kind: "none", address: node.address }];
  return [...files]
    .sort((a, b) => b.isolatedAt - a.isolatedAt)
    .map(({ id }) => ({ kind: "file", address: node.address, id }));
}

export function isolatedItem(node: IsolatedNode, states: readonly HostState[]): ViewItem {
  const state = states.find(({ entry }) => entry.address === node.address);
  switch (node.kind) {
    case "host": {
      const count = (state?.isolated ?? []).filter(isHeld).length;
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
    label: path.slice(path.lastIndexOf("/") + 1) || path,
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
