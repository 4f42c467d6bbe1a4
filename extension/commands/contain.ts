import { methods } from "#protocol/methods";
import { pickAlarms } from "../dialogs/pick.ts";
import type { Services } from "../services.ts";
import { groupByHost } from "./groupByHost.ts";
import type { ViewNode } from "./node.ts";
import { runPlan } from "./runPlan.ts";

/** Stops the targets without losing anything: they are frozen, and thawed by Undo. */
export async function contain(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const chosen = await pickAlarms(services.workbench, nodes, "Contain", ["toBeHandled"]);
  for (const { state, items } of groupByHost(chosen)) {
    const targets = items.map(({ alarm }) => ({ kind: "alarm" as const, id: alarm.id }));
    await runPlan(services, state, {
      action: "Contain",
      button: "Contain",
      prepare: ({ session, signal, onProgress }) =>
        session.client.request(methods.planContain, { targets }, { signal, onProgress }),
    });
  }
}
