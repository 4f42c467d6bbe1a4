import type { Severity } from "../checks/check.ts";
import { processKey, type ProcessFact } from "../facts/process.ts";
import type { ByteString } from "../text/byteString.ts";
import { showBytes } from "../text/showBytes.ts";
import type { Alarm, AlarmAction, AlarmConnection, AlarmFile, AlarmProcess } from "./alarm.ts";
import { alarmConnection, alarmFile, alarmProcess, executableFile, hiddenProcess } from "./alarmParts.ts";
import { processOf } from "./grouping.ts";
import type { HostPicture } from "./hostPicture.ts";
import type { AutostartLink, Incident, JudgeInput, WeighedSubject } from "./judge.ts";
import type { SubjectKey } from "./subject.ts";
import { severityOf, severityRankOf } from "./severity.ts";

const partLimit = 100;

/** One incident as an alarm; state and times are the records' to add. */
export function describeIncident(
  incident: Incident,
  severity: Severity,
  picture: HostPicture,
  input: Pick<JudgeInput, "digest" | "autostart"> & {
    /** Subjects of every alarm of this run. */
    readonly accused: ReadonlySet<SubjectKey>;
  },
): Alarm {
  const [leader, ...others] = incident.members;
  if (leader === undefined) throw new Error("An incident has at least one member.");
  const findings = incident.members.flatMap(({ findings }) => findings);
  const rules = rulesByStrength(incident);
  const main = findings
    .filter(({ check }) => check.id === leadingRule(incident, rules))
    .sort((one, other) => severityRankOf(severityOf(other)) - severityRankOf(severityOf(one)))[0]?.check;
  const members = incident.members.flatMap((member) => processOf(member, picture) ?? []);
  const process = describeProcess(leader, picture);
  const parent = process && picture.byPid.get(process.ppid);
  const children = processParts(others, members, process, picture, input.accused);
  const file = leadingFile(leader, picture);
  const relatedFiles = fileParts(incident, file, picture);
  const network = connections(members, picture);
  const autostart = autostartLinks(incident, members, input.autostart ?? []);
  const wallMs = picture.host?.wallMs ?? 0;
  return {
    id: input.digest(`${picture.host?.id ?? ""}\n${identity(leader, picture)}`).slice(0, 16),
    rules,
    category: main?.category ?? "Abnormal system behavior",
    type: main?.type ?? "Abnormal process behaviors",
    title: main?.title ?? "",
    severity,
    score: incident.score,
    attack: [...new Set(findings.flatMap(({ check }) => check.attack))],
    ...(process && { process }),
    ...(parent && { parent: alarmProcess(parent, picture) }),
    ...(children.length > 0 && { children }),
    ...(file && { file }),
    ...(relatedFiles.length > 0 && { relatedFiles }),
    ...(network.length > 0 && { network }),
    ...(autostart.length > 0 && { autostart }),
    evidence: incident.evidence,
    counterEvidence: incident.counterEvidence,
    actions: actionsFor(leader, process),
    state: "toBeHandled",
    firstSeen: wallMs,
    lastSeen: wallMs,
    count: 1,
  };
}

function rulesByStrength(incident: Incident): readonly string[] {
  const checks = new Set(incident.members.flatMap(({ findings }) => findings.map(({ check }) => check.id)));
  const points = new Map<string, number>();
  for (const { rule, points: more } of incident.evidence)
    if (checks.has(rule)) points.set(rule, (points.get(rule) ?? 0) + more);
  return [...points]
    .sort(([one, left], [other, right]) => right - left || (one < other ? -1 : 1))
    .map(([rule]) => rule);
}

/** The rule that names the alarm: a mining rule that carries weight before anything else, because it says what this is. */
function leadingRule(incident: Incident, rules: readonly string[]): string | undefined {
  const mining = incident.evidence
    .filter(({ rule, points }) => rule.startsWith("M") && rules.includes(rule) && points >= 50)
    .sort((one, other) => other.points - one.points)[0]?.rule;
  return mining ?? rules[0];
}

/** Digested into the id: the subject and, for a process, which run of it. */
function identity(member: WeighedSubject, picture: HostPicture): string {
  switch (member.subject.kind) {
    case "process":
      return `process\n${picture.host?.bootId ?? ""}\n${member.subject.key}`;
    case "file":
      return `file\n${member.subject.path}\n${member.subject.id ?? picture.textByPath.get(member.subject.path)?.status.id ?? ""}`;
    case "host":
      return member.key;
  }
}

function describeProcess(member: WeighedSubject, picture: HostPicture): AlarmProcess | undefined {
  if (member.subject.kind !== "process") return undefined;
  const process = picture.processes.get(member.subject.key);
  if (process !== undefined) return alarmProcess(process, picture);
  const hidden = picture.hidden.get(member.subject.key);
  return hidden && hiddenProcess(hidden);
}

/**
 * The other processes of the incident, then what descends from them. A descendant that
 * has an alarm of its own is left to that, with everything below it.
 */
function processParts(
  others: readonly WeighedSubject[],
  members: readonly ProcessFact[],
  leader: AlarmProcess | undefined,
  picture: HostPicture,
  accused: ReadonlySet<SubjectKey>,
): readonly AlarmProcess[] {
  const shown = new Set(leader ? [leader.pid] : []);
  const parts: AlarmProcess[] = [];
  const add = (part: AlarmProcess | undefined): void => {
    if (part === undefined || shown.has(part.pid)) return;
    shown.add(part.pid);
    parts.push(part);
  };
  for (const member of others) add(describeProcess(member, picture));
  const queue = members.map(({ pid }) => pid);
  for (let pid = queue.shift(); pid !== undefined && parts.length < partLimit; pid = queue.shift())
    for (const child of picture.childrenOf.get(pid) ?? []) {
      if (shown.has(child.pid) || accused.has(`process:${processKey(child)}`)) continue;
      add(alarmProcess(child, picture));
      queue.push(child.pid);
    }
  return parts.slice(0, Math.max(partLimit, others.length));
}

function leadingFile(leader: WeighedSubject, picture: HostPicture): AlarmFile | undefined {
  if (leader.subject.kind === "file") return alarmFile(leader.subject.path, picture);
  if (leader.subject.kind !== "process") return undefined;
  const process = picture.processes.get(leader.subject.key);
  if (process !== undefined) return executableFile(process, picture);
  const path = picture.hidden.get(leader.subject.key)?.exePath;
  return path === undefined ? undefined : alarmFile(path, picture);
}

function fileParts(incident: Incident, leading: AlarmFile | undefined, picture: HostPicture): readonly AlarmFile[] {
  const paths = new Set<ByteString>();
  const executables: AlarmFile[] = [];
  for (const member of incident.members) {
    if (member.subject.kind === "file") paths.add(member.subject.path);
    for (const path of member.relatedFiles) paths.add(path);
    const process = processOf(member, picture);
    const owner = process && picture.owner(process);
    // A shell that ran the script is no part of the incident's files; the script is.
    if (process === undefined || owner === "intact" || owner === "upgraded") continue;
    const file = executableFile(process, picture);
    if (file) executables.push(file);
  }
  const files = [...executables, ...[...paths].map((path) => alarmFile(path, picture))];
  const unique = new Map<string, AlarmFile>();
  for (const file of files) if (file.path !== leading?.path && !unique.has(file.path)) unique.set(file.path, file);
  return [...unique.values()].slice(0, partLimit);
}

function connections(members: readonly ProcessFact[], picture: HostPicture): readonly AlarmConnection[] {
  const sockets = new Set(members.flatMap(({ pid }) => picture.socketsOf.get(pid) ?? []));
  return [...sockets]
    .filter(({ protocol }) => protocol !== "unix")
    .slice(0, partLimit)
    .map(alarmConnection);
}

function autostartLinks(
  incident: Incident,
  members: readonly ProcessFact[],
  items: readonly AutostartLink[],
): readonly string[] {
  const paths = new Set<string>([
    ...members.flatMap(({ exe }) => (exe && !exe.isMemfd ? [showBytes(exe.path)] : [])),
    ...incident.members.flatMap(({ relatedFiles, subject }) =>
      [...relatedFiles, ...(subject.kind === "file" ? [subject.path] : [])].map((path) => showBytes(path)),
    ),
  ]);
  return items
    .filter(({ path, target }) => paths.has(path) || (target !== undefined && paths.has(target.path)))
    .slice(0, partLimit)
    .map(({ id }) => id);
}

function actionsFor(leader: WeighedSubject, process: AlarmProcess | undefined): readonly AlarmAction[] {
  const always: readonly AlarmAction[] = ["markHandled", "ignore", "allowlist"];
  if (process !== undefined) return ["contain", "isolateAndKill", ...always];
  return leader.subject.kind === "file" ? ["isolateAndKill", ...always] : always;
}
