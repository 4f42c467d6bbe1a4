import * as vscode from "vscode";
import type { Alarm } from "#core/alarms/alarm";
import { methods, type AllowRuleParams } from "#protocol/methods";
import { addAllowRule, removeAllowRules } from "../allowlist/allowlistFile.ts";
import { pickAlarms } from "../dialogs/pick.ts";
import { pickText } from "../dialogs/shownText.ts";
import type { Services } from "../services.ts";
import type { ViewNode } from "./node.ts";
import { onHost } from "./running.ts";

/** Writes a rule into the workspace's allow-list. A file that is isolated already stays isolated: that is said here. */
export async function allowlist(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const [choice] = await pickAlarms(services.workbench, nodes.slice(0, 1), "Add to Allow-list", [
    "toBeHandled",
    "handled",
    "ignored",
  ]);
  if (!choice) return;
  const rules = candidateRules(choice.alarm);
  const picked = await vscode.window.showQuickPick(
    rules.map((rule) => ({
      label: pickText(`${rule.field} ${rule.operator}`),
      description: pickText(rule.value),
      rule,
    })),
    { title: "Add to Allow-list", placeHolder: "By what is it to be recognised? The narrowest is first." },
  );
  if (!picked) return;
  const reason = await vscode.window.showInputBox({
    title: "Add to Allow-list",
    prompt: "Why is this fine? The reason stands in the file and is reviewed with it.",
    validateInput: (value) => (value.trim() === "" ? "A reason is needed." : undefined),
  });
  if (reason === undefined) return;
  const uri = await addAllowRule({ ...picked.rule, reason: reason.trim() });
  await changeState(services, choice.state.entry.address, [choice.alarm.id], "allowlisted", reason.trim());
  const shown = await vscode.window.showInformationMessage(
    "Added to the allow-list of the workspace. It lifts no isolation: a file that is isolated stays isolated.",
    "Open the File",
  );
  if (shown !== undefined) await vscode.window.showTextDocument(uri);
}

/** Takes the rules that cover these alarms out of the file, and puts the alarms back to be handled. */
export async function removeFromAllowlist(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const chosen = await pickAlarms(services.workbench, nodes, "Remove from Allow-list", ["allowlisted"]);
  for (const { state, alarm } of chosen) {
    const candidates = candidateRules(alarm);
    await removeAllowRules((rule) =>
      candidates.some(
        ({ field, operator, value }) => rule.field === field && rule.operator === operator && rule.value === value,
      ),
    );
    await changeState(services, state.entry.address, [alarm.id], "toBeHandled");
  }
}

async function changeState(
  services: Services,
  address: string,
  ids: string[],
  state: Alarm["state"],
  remark?: string,
): Promise<void> {
  const host = services.workbench.host(address);
  if (!host) return;
  await onHost(services, host, "Allow-list", async ({ session, signal }) => {
    const { alarms } = await session.client.request(
      methods.setAlarmState,
      { ids, state, ...(remark === undefined ? {} : { remark: remark.slice(0, 256) }) },
      { signal },
    );
    services.workbench.keepAlarms(address, alarms);
  });
}

/** By hash first: a path or a command line may later be somebody else's. */
function candidateRules(alarm: Alarm): readonly Omit<AllowRuleParams, "reason">[] {
  const rule = (field: AllowRuleParams["field"], value: string | undefined): Omit<AllowRuleParams, "reason">[] =>
    value === undefined || value === "" ? [] : [{ field, operator: "equal", value }];
  return [
    ...rule("processHash", alarm.process?.sha256),
    ...rule("fileHash", alarm.file?.sha256),
    ...rule("processPath", alarm.process?.exe),
    ...rule("filePath", alarm.file?.path),
    ...rule("cmdline", alarm.process?.cmdline),
    ...rule("username", alarm.process?.user),
  ];
}
