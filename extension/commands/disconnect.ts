import { pickHost } from "../dialogs/pick.ts";
import type { Services } from "../services.ts";
import type { ViewNode } from "./node.ts";

export async function disconnect(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const state = await pickHost(
    services.workbench,
    nodes,
    "Disconnect",
    ({ connection }) => connection.kind === "connected",
  );
  if (state) await services.connections.disconnect(state.entry.address);
}
