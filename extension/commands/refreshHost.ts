import * as vscode from "vscode";
import { showText } from "#core/text/showBytes";
import { methods } from "#protocol/methods";
import type { Session } from "#remote/session";
import type { Services } from "../services.ts";

/** Brings what the host keeps into the views: isolated files, alarms, overview. Each may fail without taking the others along. */
export async function refreshHost(services: Services, address: string, session: Session): Promise<void> {
  const { client } = session;
  await Promise.all([
    client.request(methods.listIsolated, {}).then(
      ({ files, problems = [] }) => {
        services.workbench.update(address, { isolated: files });
        warnOfDamage(services, address, problems);
      },
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

/** Records that don't fit any more are a sign that somebody else was at them: never only a line in a log. */
function warnOfDamage(services: Services, address: string, problems: readonly string[]): void {
  const [first] = problems;
  if (first === undefined) return;
  for (const problem of problems) services.log.warn(`${address}: ${showText(problem, 2000)}`);
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more, see the log)` : "";
  void vscode.window.showWarningMessage(
    `Records on ${showText(address, 120)} are damaged or were changed: ${showText(first, 300)}${more}`,
  );
}
