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

/** Reads the arguments of a command; anything else than a node, or an `address\nid` key of ours, is ignored. */
export function readNodes(first: unknown, selection: unknown): readonly ViewNode[] {
  const nodes = Array.isArray(selection) && selection.length > 0 ? selection : [first];
  return nodes.flatMap((node) => (isNode(node) ? [node] : []));
}

function isNode(value: unknown): value is ViewNode {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
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

export function alarmsOf(nodes: readonly ViewNode[], workbench: Workbench): readonly AlarmChoice[] {
  return nodes.flatMap(({ address, id }) => {
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
  return nodes.flatMap(({ address, id }) => {
    const state = address === undefined ? undefined : workbench.host(address);
    const file = state?.isolated?.find((candidate) => candidate.id === id);
    return state && file ? [{ state, file }] : [];
  });
}
