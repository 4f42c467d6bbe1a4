import type { ByteString } from "../text/byteString.ts";
import { noProblems, type Parsed } from "./parsed.ts";

/** The lines of /proc/PID/status that somebody uses. */
export interface ProcStatus {
  /** Process that the thread belongs to; the pid itself for a leader. */
  readonly tgid: number;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  /** Resident set in bytes; 0 for a kernel thread. */
  readonly residentBytes: number;
}

/**
 * Parses /proc/PID/status. Every line is taken at its last occurrence: only the first
 * line, the name, can hold text that the process chose.
 */
export function parseProcStatus(text: ByteString): Parsed<ProcStatus | undefined> {
  const uids = field(text, "\nUid:\t");
  const uid = numberAt(uids, 0);
  const euid = numberAt(uids, 1);
  const gid = numberAt(field(text, "\nGid:\t"), 0);
  const tgid = numberAt(field(text, "\nTgid:\t"), 0);
  if (uid === undefined || euid === undefined || gid === undefined || tgid === undefined) {
    return { value: undefined, problems: ["The process status has no Tgid, Uid or Gid line."] };
  }
  const kilobytes = Number.parseInt(field(text, "\nVmRSS:\t"), 10);
  const residentBytes = kilobytes > 0 ? kilobytes * 1024 : 0;
  return { value: { tgid, uid, euid, gid, residentBytes }, problems: noProblems };
}

function field(text: ByteString, label: string): string {
  const start = text.lastIndexOf(label);
  if (start < 0) return "";
  const end = text.indexOf("\n", start + label.length);
  return text.slice(start + label.length, end < 0 ? text.length : end);
}

function numberAt(text: string, column: number): number | undefined {
  const word = column === 0 && !text.includes("\t") ? text : text.split("\t")[column];
  return word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : undefined;
}
