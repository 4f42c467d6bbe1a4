import type { Alarm } from "#core/alarms/alarm";
import type { IsolatedFile } from "#core/plans/isolatedFile";
import type { HostState } from "../state/hostState.ts";
import type { Workbench } from "../state/workbench.ts";

/** What a view hands to a command: a node of one of the trees. */
export interface ViewNode {
  readonly kind: string;
  readonly address?: string;
  readonly id?: string;
}

/**
 * Reads the arguments of a command; anything else than a node is ignored. The row that
 * was clicked comes first; when it is not one of the selected rows, only it is meant.
 */
export function readNodes(first: unknown, selection: unknown): readonly ViewNode[] {
  const clicked = isNode(first) ? [first] : [];
  const selected = Array.isArray(selection) ? selection.filter(isNode) : [];
  const [one] = clicked;
  if (!one) return selected;
  return selected.some((node) => isSame(node, one)) ? [one, ...selected.filter((node) => !isSame(node, one))] : clicked;
}

function isNode(value: unknown): value is ViewNode {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    typeof value.kind === "string" &&
    (!("address" in value) || typeof value.address === "string") &&
    (!("id" in value) || typeof value.id === "string")
  );
}

function isSame(a: ViewNode, b: ViewNode): boolean {
  return a === b || (a.id !== undefined && a.kind === b.kind && a.address === b.address && a.id === b.id);
}

/** `address\nid`, as the open commands of the trees carry it. */
export function readKey(argument: unknown): { readonly address: string; readonly id: string } | undefined {
  if (typeof argument !== "string") return undefined;
  const cut = argument.lastIndexOf("\n");
  return cut < 0 ? undefined : { address: argument.slice(0, cut), id: argument.slice(cut + 1) };
}

export interface AlarmChoice {
  readonly state: HostState;
  readonly alarm: Alarm;
}

/** The alarms that are meant; rows of other kinds in the selection, such as evidence, mean none. */
export function alarmsOf(nodes: readonly ViewNode[], workbench: Workbench): readonly AlarmChoice[] {
  return nodes.flatMap(({ kind, address, id }) => {
    if (kind !== "alarm" && kind !== "key") return [];
    const state = address === undefined ? undefined : workbench.host(address);
    const alarm = state?.alarms.find((candidate) => candidate.id === id);
    return state && alarm ? [{ state, alarm }] : [];
  });
}

export interface IsolatedChoice {
  readonly state: HostState;
  readonly file: IsolatedFile;
}

export function isolatedOf(nodes: readonly ViewNode[], workbench: Workbench): readonly IsolatedChoice[] {
  return nodes.flatMap(({ kind, address, id }) => {
    if (kind !== "file" && kind !== "key") return [];
    const state = address === undefined ? undefined : workbench.host(address);
    const file = state?.isolated?.find((candidate) => candidate.id === id);
    return state && file ? [{ state, file }] : [];
  });
}
