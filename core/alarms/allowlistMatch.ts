import type { ByteString } from "../text/byteString.ts";
import { decodeUtf8 } from "../text/byteString.ts";
import type { Alarm } from "./alarm.ts";
import { processOf } from "./grouping.ts";
import type { HostPicture } from "./hostPicture.ts";
import type { SubjectFindings } from "./subject.ts";

export const allowFields = [
  "fileHash",
  "processHash",
  "filePath",
  "processPath",
  "cmdline",
  "username",
  "loginIp",
] as const;
export type AllowField = (typeof allowFields)[number];

export const allowOperators = ["equal", "contain"] as const;
export type AllowOperator = (typeof allowOperators)[number];

/** One entry of `.countermine/allowlist.yaml`. */
export interface AllowRule {
  readonly field: AllowField;
  readonly operator: AllowOperator;
  readonly value: string;
  /** Host id or host name; every host when absent. */
  readonly host?: string;
  readonly reason: string;
  /** Milliseconds since the epoch from which the rule no longer holds. */
  readonly expires?: number;
}

/**
 * The rules that hold at a time. The operator's side calls this with its own clock before
 * it hands rules to a host, because a hostile host sets its clock as it likes.
 */
export function activeRules(rules: readonly AllowRule[], nowMs: number): readonly AllowRule[] {
  return rules.filter(({ expires }) => expires === undefined || nowMs < expires);
}

/**
 * Whether rules cover an incident: every process in it, or every file where it has no
 * process. One allowed process in a group excuses the others no more than it would alone.
 */
export function matchAllowlist(
  rules: readonly AllowRule[],
  members: readonly SubjectFindings[],
  alarm: Alarm,
  picture: HostPicture,
): { readonly reason: string } | undefined {
  const host = picture.host;
  const applicable = activeRules(rules, host?.wallMs ?? 0).filter(
    (rule) => rule.host === undefined || rule.host === host?.id || rule.host === host?.name,
  );
  if (applicable.length === 0) return undefined;
  const processes = members.filter(({ subject }) => subject.kind === "process");
  const judged = processes.length > 0 ? processes : members.filter(({ subject }) => subject.kind === "file");
  if (judged.length === 0) return undefined;
  let reason: string | undefined;
  for (const member of judged) {
    const values = valuesOf(member, alarm, picture);
    const rule = applicable.find((rule) => values[rule.field].some((value) => holds(rule, value)));
    if (rule === undefined) return undefined;
    reason ??= rule.reason;
  }
  return reason === undefined ? undefined : { reason };
}

function holds(rule: AllowRule, value: string): boolean {
  return rule.operator === "equal" ? value === rule.value : value.includes(rule.value);
}

function valuesOf(
  member: SubjectFindings,
  alarm: Alarm,
  picture: HostPicture,
): Readonly<Record<AllowField, readonly string[]>> {
  const process = processOf(member, picture);
  const hash = process?.exe && picture.executables.get(process.exe.status.id)?.sha256;
  const hidden = member.subject.kind === "process" ? picture.hidden.get(member.subject.key) : undefined;
  const programPath = process?.exe?.path ?? hidden?.exePath;
  const filePath = member.subject.kind === "file" ? member.subject.path : programPath;
  const fileHash =
    hash ?? (member.subject.kind === "file" && alarm.file?.path === filePath ? alarm.file?.sha256 : undefined);
  return {
    fileHash: text(fileHash),
    processHash: text(hash),
    filePath: text(filePath),
    processPath: text(programPath),
    cmdline: text(process?.argv.join(" ")),
    username: text(process?.user),
    loginIp: loginAddresses(process?.environ ?? ""),
  };
}

function text(value: ByteString | undefined): readonly string[] {
  return value === undefined ? [] : [decodeUtf8(value)];
}

/** Where the session of a process was logged in from, as sshd wrote it into the environment. */
function loginAddresses(environ: ByteString): readonly string[] {
  return environ.split("\0").flatMap((entry) => {
    const found = /^SSH_(?:CLIENT|CONNECTION)=([0-9a-fA-F:.]+) /.exec(entry);
    return found?.[1] === undefined ? [] : [found[1]];
  });
}
