import { methods } from "#protocol/methods";
import { pickAlarms } from "../dialogs/pick.ts";
import type { Services } from "../services.ts";
import { groupByHost } from "./groupByHost.ts";
import type { ViewNode } from "./node.ts";
import { runPlan } from "./runPlan.ts";

/** Freezes, keeps evidence, isolates the files, kills, and watches whether it comes back. */
export async function isolateAndKill(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const chosen = await pickAlarms(services.workbench, nodes, "Isolate and Kill", ["toBeHandled"]);
  const { watchSeconds } = services.settings();
  for (const { state, items } of groupByHost(chosen)) {
    const targets = items.map(({ alarm }) => ({ kind: "alarm" as const, id: alarm.id }));
    await runPlan(services, state, {
      action: "Isolate and kill",
      button: "Isolate and Kill",
      prepare: ({ session, signal, onProgress }) =>
        session.client.request(methods.planIsolate, { targets, watchSeconds }, { signal, onProgress }),
    });
  }
}
