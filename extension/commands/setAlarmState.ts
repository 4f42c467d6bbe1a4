import * as vscode from "vscode";
import type { AlarmState } from "#core/alarms/alarm";
import { methods } from "#protocol/methods";
import { pickAlarms } from "../dialogs/pick.ts";
import type { Services } from "../services.ts";
import { groupByHost } from "./groupByHost.ts";
import type { ViewNode } from "./node.ts";
import { onHost } from "./running.ts";

const remarkLimit = 256;

/** Moves alarms to a state on the host that keeps them, with an optional remark. Processes and files stay as they are. */
export async function setAlarmState(
  services: Services,
  nodes: readonly ViewNode[],
  state: AlarmState,
  title: string,
  from: readonly AlarmState[],
): Promise<void> {
  const chosen = await pickAlarms(services.workbench, nodes, title, from);
  if (chosen.length === 0) return;
  const remark = await vscode.window.showInputBox({
    title,
    prompt: "Remark (may be empty). It is kept on the host, for everybody who looks later.",
    validateInput: (value) => (value.length > remarkLimit ? `At most ${remarkLimit} characters.` : undefined),
  });
  if (remark === undefined) return;
  for (const { state: host, items } of groupByHost(chosen)) {
    await onHost(services, host, title, async ({ session, signal }) => {
      const { alarms } = await session.client.request(
        methods.setAlarmState,
        { ids: items.map(({ alarm }) => alarm.id), state, ...(remark === "" ? {} : { remark }) },
        { signal },
      );
      services.workbench.keepAlarms(host.entry.address, alarms);
    });
  }
}
