import type { ByteString } from "#core/text/byteString";

/** The fields of /proc/PID/stat that decide about an action. */
export interface ProcessStat {
  readonly pid: number;
  readonly comm: ByteString;
  /** One letter of proc(5). */
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  readonly isKernelThread: boolean;
  /** Clock ticks after boot. */
  readonly startTime: number;
}

const kernelThreadFlag = 0x20_0000;

/**
 * Parses /proc/PID/stat from the last `)`, because a process may put any character,
 * also `) R 1`, into its own name (RELIABILITY F34). Undefined for text that is not one.
 */
export function parseProcessStat(text: ByteString): ProcessStat | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 1 || close < open) return undefined;
  const fields = text.slice(close + 2).split(" ");
  const state = fields[0] ?? "";
  const number = (field: number): number => Number(fields[field - 3] ?? "x");
  const stat = {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 1, close),
    state,
    ppid: number(4),
    pgrp: number(5),
    session: number(6),
    isKernelThread: (number(9) & kernelThreadFlag) !== 0,
    startTime: number(22),
  };
  const isWhole = [stat.pid, stat.ppid, stat.pgrp, stat.session, number(9), stat.startTime].every(Number.isFinite);
  return isWhole && state.length === 1 ? stat : undefined;
}

/** Zombies are dead too: only their parent has not collected them yet. */
export function isDead(stat: ProcessStat): boolean {
  return stat.state === "Z" || stat.state === "X" || stat.state === "x";
}
