import type { ByteString } from "../text/byteString.ts";
import { noProblems, type Parsed } from "./parsed.ts";

/** The fields of /proc/PID/stat that somebody uses; times in clock ticks. */
export interface ProcStat {
  readonly pid: number;
  readonly comm: ByteString;
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  readonly tty: number;
  readonly flags: number;
  readonly cpuTicks: number;
  readonly nice: number;
  readonly threadCount: number;
  readonly startTime: number;
  readonly policy: number;
}

/**
 * Parses /proc/PID/stat or /proc/PID/task/TID/stat. The name ends at the last `)`,
 * because a process may call itself `x) R 1 (y` (RELIABILITY F34).
 */
export function parseProcStat(text: ByteString): Parsed<ProcStat | undefined> {
  const open = text.indexOf(" (");
  const close = text.lastIndexOf(") ");
  if (open < 0 || close < open) return { value: undefined, problems: ["The process status has no name in brackets."] };
  const fields = text.slice(close + 2).split(" ");
  const number = (index: number): number => Number(fields[index]);
  const value: ProcStat = {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 2, close),
    state: fields[0] ?? "",
    ppid: number(1),
    pgrp: number(2),
    session: number(3),
    tty: number(4),
    flags: number(6),
    cpuTicks: number(11) + number(12),
    nice: number(16),
    threadCount: number(17),
    startTime: number(19),
    // Linux 2.5.19 and later have it; without it the policy is the default one.
    policy: fields[38] === undefined ? 0 : number(38),
  };
  const isComplete =
    value.pid >= 0 &&
    value.state.length === 1 &&
    Number.isInteger(value.pid + value.ppid + value.pgrp + value.session + value.tty + value.flags) &&
    Number.isInteger(value.cpuTicks + value.nice + value.threadCount + value.startTime + value.policy);
  return isComplete
    ? { value, problems: noProblems }
    : { value: undefined, problems: ["The process status has fields that are not numbers."] };
}
