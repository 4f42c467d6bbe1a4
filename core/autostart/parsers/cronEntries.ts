import type { ByteString } from "../../text/byteString.ts";
import type { AutostartEntry, AutostartFile, RiskReason } from "../autostartClass.ts";
import { hidesText, judgeCommand, judgePath, judgeText } from "../commandRisk.ts";
import { minutesPerHour, parseCrontab, type CrontabLine } from "./crontab.ts";

export interface CronFileOptions {
  readonly scope: ByteString;
  /** The account of every job; absent where each line names its own. */
  readonly user?: ByteString;
  /** False for a file that cron skips because of its name. */
  readonly isRead: boolean;
  readonly risk: readonly RiskReason[];
}

/** The entries of one crontab: jobs, environment lines, and lines that cron would refuse. */
export function cronEntries(file: AutostartFile, options: CronFileOptions): readonly AutostartEntry[] {
  const lines = parseCrontab(file.content ?? "", { hasUserColumn: options.user === undefined });
  return nameApart(lines.map((line) => toEntry(file, line, options)));
}

function toEntry(
  file: AutostartFile,
  line: CrontabLine,
  { scope, user, isRead, risk }: CronFileOptions,
): AutostartEntry {
  const common = { scope, path: file.path, line: line.line, enabled: isRead };
  const owner = user ?? "root";
  switch (line.kind) {
    case "environment": {
      const text = `${line.variable}=${line.value}`;
      return {
        ...common,
        name: `${line.variable}=`,
        command: text,
        runUser: user ?? "",
        trigger: "configuration",
        risk: unique([...risk, ...judgeEnvironment(line.variable, line.value), ...judgeText(text)]),
      };
    }
    case "job": {
      const { program, toleratesMissing, risk: textRisk } = judgeCommand(line.command);
      const isReboot = line.schedule.toLowerCase() === "@reboot";
      return {
        ...common,
        name: line.command,
        command: line.command,
        runUser: line.user ?? owner,
        trigger: isReboot ? "boot" : `time: ${line.schedule}`,
        ...(program === undefined ? {} : { program }),
        toleratesMissing,
        risk: unique([
          ...risk,
          ...textRisk,
          ...(minutesPerHour(line.schedule) >= 60 ? (["runs every minute"] as const) : []),
        ]),
      };
    }
    case "notUnderstood":
      return {
        ...common,
        name: line.text,
        command: line.text,
        runUser: owner,
        trigger: "time: not understood",
        enabled: false,
        risk: unique([...risk, ...judgeCommand(line.text).risk]),
      };
  }
}

/** Variables through which a job runs something else than its command says. */
function judgeEnvironment(variable: ByteString, value: ByteString): readonly RiskReason[] {
  if (variable === "LD_PRELOAD" || variable === "LD_AUDIT" || variable === "LD_LIBRARY_PATH")
    return ["loads a library into other programs", ...judgePath(value)];
  if (variable === "SHELL" || variable === "BASH_ENV" || variable === "ENV") return judgePath(value);
  if (variable === "PATH") return value.split(":").flatMap((folder) => judgePath(`${folder}/x`));
  return hidesText(value) ? ["hidden text"] : [];
}

/** Gives the second and later entries of the same name a number, in the order of the file. */
export function nameApart(entries: readonly AutostartEntry[]): readonly AutostartEntry[] {
  const counts = new Map<ByteString, number>();
  return entries.map((entry) => {
    const key = `${entry.path}\0${entry.scope}\0${entry.name}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count === 1 ? entry : { ...entry, name: `${entry.name} #${count}` };
  });
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
