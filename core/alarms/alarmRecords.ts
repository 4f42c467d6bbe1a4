import type { Alarm, AlarmState } from "./alarm.ts";
import type { SubjectKey } from "./subject.ts";

/** An alarm as it is kept on the host between runs. */
export interface AlarmRecord {
  readonly alarm: Alarm;
  /** The subjects that it was about; with the boot, which runs of which programs. */
  readonly subjects: readonly SubjectKey[];
  readonly bootId: string;
  /** The state a person had set before an allow-list rule covered it, to go back to. */
  readonly stateBeforeAllowlist?: AlarmState;
}

export interface FreshAlarm {
  readonly alarm: Alarm;
  readonly subjects: readonly SubjectKey[];
  /** Why an allow-list rule covers it; absent when none does. */
  readonly allowed: { readonly reason: string } | undefined;
}

/**
 * Joins what was found now with what is known.
 *
 * The same incident keeps its id, its first time and its state. When a new process joins
 * a handled or ignored one (a respawn, a second copy), it is to be handled again: what a
 * person decided was about the runs that were there then. An alarm whose rule is gone
 * goes back to the state before the rule.
 */
export function mergeRecords(
  fresh: readonly FreshAlarm[],
  earlier: readonly AlarmRecord[],
  now: { readonly bootId: string; readonly wallMs: number },
): { readonly alarms: readonly Alarm[]; readonly records: readonly AlarmRecord[] } {
  const recordOf = new Map<SubjectKey, AlarmRecord>();
  const recordById = new Map<string, AlarmRecord>();
  for (const record of earlier) {
    recordById.set(record.alarm.id, record);
    for (const key of record.subjects)
      if (record.bootId === now.bootId || !key.startsWith("process:")) {
        const known = recordOf.get(key);
        if (known === undefined || known.alarm.firstSeen > record.alarm.firstSeen) recordOf.set(key, record);
      }
  }
  const used = new Set<string>();
  const records = fresh.map((entry): AlarmRecord => {
    const known = [...entry.subjects.map((key) => recordOf.get(key)), recordById.get(entry.alarm.id)].find(
      (record) => record !== undefined && !used.has(record.alarm.id),
    );
    used.add(known?.alarm.id ?? entry.alarm.id);
    return known === undefined ? first(entry, now.bootId) : again(entry, known, now.bootId);
  });
  const gone = earlier.filter(({ alarm }) => !used.has(alarm.id));
  return { alarms: records.map(({ alarm }) => alarm), records: [...records, ...gone] };
}

function first(entry: FreshAlarm, bootId: string): AlarmRecord {
  const { alarm, subjects, allowed } = entry;
  if (allowed === undefined) return { alarm, subjects, bootId };
  return {
    alarm: { ...alarm, state: "allowlisted", remark: allowed.reason },
    subjects,
    bootId,
    stateBeforeAllowlist: "toBeHandled",
  };
}

function again(entry: FreshAlarm, known: AlarmRecord, bootId: string): AlarmRecord {
  const before = known.alarm;
  const isNewRun =
    known.bootId !== bootId ||
    entry.subjects.some((key) => key.startsWith("process:") && !known.subjects.includes(key));
  const personal = before.state === "allowlisted" ? (known.stateBeforeAllowlist ?? "toBeHandled") : before.state;
  const state = isNewRun && hasProcess(entry) ? "toBeHandled" : personal;
  const { remark: _, ...found } = entry.alarm;
  const remark = entry.allowed?.reason ?? (before.state === "allowlisted" ? undefined : before.remark);
  return {
    alarm: {
      ...found,
      id: before.id,
      state: entry.allowed === undefined ? state : "allowlisted",
      ...(remark !== undefined && { remark }),
      firstSeen: Math.min(before.firstSeen, found.firstSeen),
      lastSeen: Math.max(before.lastSeen, found.lastSeen),
      count: before.count + 1,
    },
    // Runs that a person has already judged stay known, also while they are not there.
    subjects: isNewRun ? entry.subjects : [...new Set([...known.subjects, ...entry.subjects])],
    bootId,
    ...(entry.allowed !== undefined && { stateBeforeAllowlist: state }),
  };
}

function hasProcess({ subjects }: FreshAlarm): boolean {
  return subjects.some((key) => key.startsWith("process:"));
}
