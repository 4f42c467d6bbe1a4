import type { Check, CheckOutcome } from "../checks/check.ts";
import type { Facts } from "../facts/facts.ts";
import { thresholds, type Alarm, type DetectionMode, type Evidence } from "./alarm.ts";
import { mergeRecords, type AlarmRecord, type FreshAlarm } from "./alarmRecords.ts";
import { matchAllowlist, type AllowRule } from "./allowlistMatch.ts";
import { aggravatingContext, hidesFiles } from "./context.ts";
import { counterEvidence } from "./counterEvidence.ts";
import { groupSubjects } from "./grouping.ts";
import { pictureOf, type HostPicture } from "./hostPicture.ts";
import { describeIncident } from "./incident.ts";
import { alarmSeverity } from "./severity.ts";
import { gatherSubjects, type SubjectFindings } from "./subject.ts";

export interface JudgeInput {
  readonly facts: Facts;
  readonly outcomes: readonly CheckOutcome[];
  /** The checks that were to run, for their titles and severities. */
  readonly checks: readonly Check[];
  readonly mode: DetectionMode;
  /** What earlier runs on this host left. */
  readonly earlier: readonly AlarmRecord[];
  readonly allowlist: readonly AllowRule[];
  /** Lower-case hex of at least 16 digits over the text; the same text gives the same digest. */
  readonly digest: (text: string) => string;
  /** Auto-start items, where they were collected, to link them by path. */
  readonly autostart?: readonly AutostartLink[];
}

export interface AutostartLink {
  readonly id: string;
  readonly path: string;
  readonly command?: string;
  readonly target?: { readonly path: string };
}

export interface Judgement {
  /** What is on the host now, worst first; allow-listed and handled ones among them, with their state. */
  readonly alarms: readonly Alarm[];
  /** Checks that could not look. A host with any of them is never shown as clean. */
  readonly notRun: readonly { readonly check: string; readonly reason: string }[];
  /** What the checks that did run could not see, one sentence each. */
  readonly gaps: readonly string[];
  /** Subjects that stayed below the threshold, with the sum that kept them there. */
  readonly suppressed: readonly Suppressed[];
  /** Everything to keep for the next run: the alarms above and the earlier ones that are gone. */
  readonly records: readonly AlarmRecord[];
}

export interface Suppressed {
  readonly subject: string;
  readonly score: number;
  readonly threshold: number;
  readonly rules: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly counterEvidence: readonly Evidence[];
}

/** One subject with everything that speaks against it and for it. */
export interface WeighedSubject extends SubjectFindings {
  readonly context: readonly Evidence[];
  readonly counter: readonly Evidence[];
  readonly score: number;
}

/** An incident: subjects that belong together, the leading one first. */
export interface Incident {
  readonly members: readonly WeighedSubject[];
  readonly evidence: readonly Evidence[];
  readonly counterEvidence: readonly Evidence[];
  readonly score: number;
}

/** Turns findings into alarms. Pure: the same input gives the same output. */
export function judge(input: JudgeInput): Judgement {
  const picture = pictureOf(input.facts);
  const { subjects, notRun } = gatherSubjects(input.outcomes, input.checks);
  const host = { hidesFiles: hidesFiles(subjects) };
  const weighed = subjects.map((subject) => weigh(subject, picture, host));
  const threshold = thresholds[input.mode];
  const fresh: FreshAlarm[] = [];
  const suppressed: Suppressed[] = [];
  const all = incidents(weighed, picture);
  const accused = new Set(
    all.filter(({ score }) => score >= threshold).flatMap(({ members }) => members.map(({ key }) => key)),
  );
  for (const incident of all) {
    if (incident.score < threshold) {
      suppressed.push(suppress(incident, threshold));
      continue;
    }
    const findings = incident.members.flatMap(({ findings }) => findings);
    const context = incident.evidence.filter(({ rule }) => !findings.some(({ check }) => check.id === rule));
    const severity = alarmSeverity(findings, context, incident.score);
    const alarm = describeIncident(incident, severity, picture, { ...input, accused });
    const allowed = matchAllowlist(input.allowlist, incident.members, alarm, picture);
    fresh.push({ alarm, subjects: incident.members.map(({ key }) => key), allowed });
  }
  const { alarms, records } = mergeRecords(fresh, input.earlier, {
    bootId: picture.host?.bootId ?? "",
    wallMs: picture.host?.wallMs ?? 0,
  });
  return {
    alarms: [...alarms].sort(byUrgency),
    notRun,
    gaps: [...new Set(input.outcomes.flatMap((outcome) => (outcome.kind === "notRun" ? [] : outcome.gaps)))],
    suppressed,
    records,
  };
}

function weigh(subject: SubjectFindings, picture: HostPicture, host: { readonly hidesFiles: boolean }): WeighedSubject {
  const context = aggravatingContext(subject, picture, host);
  const counter = counterEvidence(subject, picture);
  const found = subject.findings.reduce((sum, { finding }) => sum + finding.points, 0);
  return { ...subject, context, counter, score: Math.max(0, found + total(context) + total(counter)) };
}

function incidents(weighed: readonly WeighedSubject[], picture: HostPicture): readonly Incident[] {
  const byKey = new Map(weighed.map((subject) => [subject.key, subject]));
  // A subject that its counter-evidence explains away lends nothing to its neighbours.
  const accused = weighed.filter(({ score }) => score > 0);
  const explained = weighed.filter(({ score }) => score === 0);
  return [
    ...groupSubjects(accused, picture).map((group) =>
      incident(group.flatMap(({ key }) => byKey.get(key) ?? []).sort((one, other) => leads(one, other, picture))),
    ),
    ...explained.map((subject) => incident([subject])),
  ];
}

/**
 * The score of a group is the sum over rules of the strongest member, so that ten copies
 * of one program are not ten times as bad as one.
 */
function incident(members: readonly WeighedSubject[]): Incident {
  const strongest = new Map<string, { readonly member: WeighedSubject; readonly points: number }>();
  const evidenceOf = (member: WeighedSubject): readonly Evidence[] => [
    ...member.findings.map(({ check, finding }) => ({
      rule: check.id,
      text: finding.text,
      points: finding.points,
      source: finding.source,
    })),
    ...member.context,
  ];
  for (const member of members) {
    const sums = new Map<string, number>();
    for (const { rule, points } of evidenceOf(member)) sums.set(rule, (sums.get(rule) ?? 0) + points);
    for (const [rule, points] of sums)
      if (points > (strongest.get(rule)?.points ?? 0)) strongest.set(rule, { member, points });
  }
  const isStrongest = (member: WeighedSubject, rule: string): boolean => strongest.get(rule)?.member === member;
  const counted = members
    .flatMap((member) => evidenceOf(member).filter(({ rule }) => isStrongest(member, rule)))
    .sort((one, other) => other.points - one.points);
  // What the other members have of the same is shown and counts nothing.
  const repeated = members
    .flatMap((member) =>
      member.findings
        .filter(({ check }) => !isStrongest(member, check.id))
        .map(({ check, finding }) => ({
          rule: check.id,
          text: `${memberName(member)}${finding.text}`,
          points: 0,
          source: finding.source,
        })),
    )
    .slice(0, 50);
  // Only what the leading subject has in its favour counts for the group: a trusted shell
  // beside a miner does not make the miner better.
  const counter = members[0]?.counter ?? [];
  return {
    members,
    evidence: [...counted, ...repeated],
    counterEvidence: counter,
    score: Math.max(0, total(counted) + total(counter)),
  };
}

function memberName({ subject }: WeighedSubject): string {
  return subject.kind === "process" ? `Process ${subject.key.replace(/@.*/, "")}: ` : "";
}

/** Which member an alarm is about: a program of unknown origin before a shell that starts it, then the score. */
function leads(one: WeighedSubject, other: WeighedSubject, picture: HostPicture): number {
  return (
    rank(other) - rank(one) || other.score - one.score || cpuOf(other) - cpuOf(one) || (one.key < other.key ? -1 : 1)
  );

  function rank(member: WeighedSubject): number {
    if (member.subject.kind !== "process") return 0;
    const process = picture.processes.get(member.subject.key);
    if (process?.exe === undefined) return 2;
    const owner = picture.owner(process);
    return owner === "unowned" || owner === "modified" || (owner === "unknown" && process.exe.isDeleted) ? 3 : 1;
  }

  function cpuOf(member: WeighedSubject): number {
    return member.subject.kind === "process" ? (picture.cpu?.byProcess.get(member.subject.key)?.runNs ?? 0) : 0;
  }
}

function suppress(incident: Incident, threshold: number): Suppressed {
  return {
    subject: incident.members[0]?.key ?? "",
    score: incident.score,
    threshold,
    rules: [...new Set(incident.members.flatMap(({ findings }) => findings.map(({ check }) => check.id)))],
    evidence: incident.evidence,
    counterEvidence: incident.counterEvidence,
  };
}

function total(evidence: readonly Evidence[]): number {
  return evidence.reduce((sum, { points }) => sum + points, 0);
}

const severityOrder = ["critical", "high", "medium", "low"];

function byUrgency(one: Alarm, other: Alarm): number {
  return (
    severityOrder.indexOf(one.severity) - severityOrder.indexOf(other.severity) ||
    other.score - one.score ||
    (one.id < other.id ? -1 : 1)
  );
}
