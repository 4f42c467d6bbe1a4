import type { HostState } from "../state/hostState.ts";

/** A selection may span hosts; plans never do. */
export function groupByHost<T extends { readonly state: HostState }>(
  chosen: readonly T[],
): readonly { readonly state: HostState; readonly items: readonly T[] }[] {
  const groups = new Map<string, { state: HostState; items: T[] }>();
  for (const item of chosen) {
    const group = groups.get(item.state.entry.address) ?? { state: item.state, items: [] };
    group.items.push(item);
    groups.set(item.state.entry.address, group);
  }
  return [...groups.values()];
}
