import { methods } from "#protocol/methods";
import { pickHost } from "../dialogs/pick.ts";
import { describeAutostartItem } from "../documents/describeAutostartItem.ts";
import type { Services } from "../services.ts";
import type { ViewNode } from "./node.ts";
import { onHost } from "./running.ts";

/** Reads what starts by itself, with the changes since the last snapshot. */
export async function refreshAutostart(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(services.workbench, nodes, "Read Auto-start Items");
  if (!state) return;
  await onHost(services, state, "Reading auto-start items", async ({ session, signal, onProgress }) => {
    const autostart = await session.client.request(methods.diffAutostart, {}, { signal, onProgress });
    services.workbench.update(state.entry.address, { autostart });
  });
}

/** Stores the present items on the host, for later comparison. Changes nothing else. */
export async function snapshotAutostart(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(services.workbench, nodes, "Take Auto-start Snapshot");
  if (!state) return;
  await onHost(services, state, "Taking an auto-start snapshot", async ({ session, signal, onProgress }) => {
    const autostart = await session.client.request(methods.snapshotAutostart, {}, { signal, onProgress });
    services.workbench.update(state.entry.address, { autostart });
  });
}

export async function showAutostartItem(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const found = nodes.flatMap(({ address, id }) => {
    const item = services.workbench.host(address ?? "")?.autostart?.items.find((candidate) => candidate.id === id);
    return item ? [item] : [];
  })[0];
  if (found) await services.documents.show(`Auto-start ${found.id}`, describeAutostartItem(found));
}

/** The change in the diff editor: the item before and now. */
export async function showAutostartChange(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const [node] = nodes;
  const change = services.workbench.host(node?.address ?? "")?.autostart?.changes?.[Number(node?.id)];
  if (!change) return;
  const before = change.change === "add" ? undefined : (change.before ?? change.item);
  const after = change.change === "delete" ? undefined : change.item;
  await services.documents.diff(
    `Auto-start item ${change.item.id}: before and now`,
    { key: `Before ${change.item.id}`, text: before ? describeAutostartItem(before) : "" },
    { key: `Now ${change.item.id}`, text: after ? describeAutostartItem(after) : "" },
  );
}
