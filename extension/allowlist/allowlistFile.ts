import * as vscode from "vscode";
import { isMap, isSeq, parseDocument } from "yaml";
import { readAllowlist } from "#core/alarms/allowlist";
import { activeRules } from "#core/alarms/allowlistMatch";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import type { AllowRuleParams } from "#protocol/methods";

const place = [".countermine", "allowlist.yaml"] as const;
const sizeLimit = 1 << 20;

/**
 * The allow-list rules of the open workspace. Rules of a workspace that is not trusted
 * are not read: a foreign repository must not be able to silence alarms. A rule that
 * does not fit is left out and said in the log; the others stay.
 */
export async function readAllowRules(log: vscode.LogOutputChannel): Promise<AllowRuleParams[]> {
  if (!vscode.workspace.isTrusted) return [];
  const rules: AllowRuleParams[] = [];
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const text = await readText(vscode.Uri.joinPath(folder.uri, ...place));
    if (text === undefined) continue;
    const document = parseDocument(text);
    for (const error of document.errors) log.warn(`allowlist.yaml: ${error.message}`);
    if (document.errors.length > 0) continue;
    const read = readAllowlist(document.toJS({ maxAliasCount: 0 }));
    for (const problem of read.problems) log.warn(`allowlist.yaml ${problem.path}: ${problem.message}`);
    // By our own clock: a hostile host sets its clock as it likes.
    rules.push(...activeRules(read.rules, Date.now()));
  }
  return rules;
}

/**
 * Adds one rule to the file of the first workspace folder, keeping comments and order.
 * @returns where it was written
 * @throws OpsError `badInput` without a folder, or when the file can't be understood
 */
export async function addAllowRule(rule: AllowRuleParams): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder || !vscode.workspace.isTrusted) {
    throw new OpsError(
      "badInput",
      "Allow-list rules live in a trusted workspace, and none is open. Nothing was changed.",
      {
        nextStep: "Open the folder of your infrastructure code, trust it, and try again; or ignore this one alarm.",
      },
    );
  }
  const uri = vscode.Uri.joinPath(folder.uri, ...place);
  const document = parseDocument(
    (await readText(uri)) ??
      "# Alarms that are known to be fine, with the reason. See the Countermine docs.\nversion: 1\nrules: []\n",
  );
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new OpsError(
      "badInput",
      `${place.join("/")} can't be understood: ${showText(document.errors[0]?.message ?? "not a mapping", 200)} Nothing was changed.`,
      {
        nextStep: "Mend the file, then add the rule again.",
      },
    );
  }
  const rules = document.get("rules");
  if (isSeq(rules)) {
    rules.flow = false;
    rules.add(document.createNode(rule));
  } else document.set("rules", document.createNode([rule]));
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(document.toString()));
  return uri;
}

/** Removes the rules that are equal to one of these; keeps everything else as it is. */
export async function removeAllowRules(matches: (rule: AllowRuleParams) => boolean): Promise<number> {
  let removed = 0;
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const uri = vscode.Uri.joinPath(folder.uri, ...place);
    const text = await readText(uri);
    if (text === undefined) continue;
    const document = parseDocument(text);
    const rules = document.get("rules");
    if (document.errors.length > 0 || !isSeq(rules)) continue;
    const before = rules.items.length;
    const read = readAllowlist(document.toJS({ maxAliasCount: 0 }));
    if (read.problems.length > 0) continue;
    const gone = new Set(read.rules.flatMap((rule, index) => (matches(rule) ? [index] : [])));
    rules.items = rules.items.filter((_, index) => !gone.has(index));
    if (rules.items.length === before) continue;
    removed += before - rules.items.length;
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(document.toString()));
  }
  return removed;
}

async function readText(uri: vscode.Uri): Promise<string | undefined> {
  try {
    const bytes = await vscode.workspace.fs.readFile(uri);
    return bytes.length > sizeLimit ? undefined : new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}
