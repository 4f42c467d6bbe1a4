import { methods } from "#protocol/methods";
import type { Session } from "#remote/session";
import type { Services } from "../services.ts";

/** Brings what the host keeps into the views: isolated files, alarms, overview. Each may fail without taking the others along. */
export async function refreshHost(services: Services, address: string, session: Session): Promise<void> {
  const { client } = session;
  await Promise.all([
    client.request(methods.listIsolated, {}).then(
      ({ files }) => services.workbench.update(address, { isolated: files }),
      (error: unknown) => services.log.warn(`isolated files of ${address}: ${String(error)}`),
    ),
    client.request(methods.listAlarms, {}).then(
      ({ alarms }) => services.workbench.keepAlarms(address, alarms),
      (error: unknown) => services.log.warn(`alarms of ${address}: ${String(error)}`),
    ),
    client.request(methods.overview, {}, { timeoutMs: 20_000 }).then(
      (overview) => services.workbench.update(address, { overview }),
      (error: unknown) => services.log.warn(`overview of ${address}: ${String(error)}`),
    ),
  ]);
}
