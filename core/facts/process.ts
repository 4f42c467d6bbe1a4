import type { ByteString } from "../text/byteString.ts";
import type { FileId, FileStatus } from "./host.ts";

/**
 * Which process: the pid alone can be recycled within a second, and the executable
 * alone does not tell two runs apart (RELIABILITY F47).
 */
export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** Clock ticks after boot, field 22 of /proc/PID/stat. */
  readonly startTime: number;
  /** `device:inode` of the executable; absent for kernel threads and where it could not be read. */
  readonly exeId?: FileId;
}

/** `pid@startTime`, unique within one boot. */
export type ProcessKey = string;

export function processKey(process: { readonly pid: number; readonly startTime: number }): ProcessKey {
  return `${process.pid}@${process.startTime}`;
}

export interface ProcessFact {
  readonly pid: number;
  readonly ppid: number;
  readonly startTime: number;
  readonly pgrp: number;
  readonly session: number;
  /** Controlling terminal as the kernel numbers it; 0 when there is none. */
  readonly tty: number;
  /** One letter of proc(5): R, S, D, T, t, Z, X, I. */
  readonly state: string;
  readonly comm: ByteString;
  /** Split at NUL; empty for kernel threads and zombies. */
  readonly argv: readonly ByteString[];
  readonly exe?: ExecutableLink;
  readonly cwd?: ByteString;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly user?: string;
  /** PF_KTHREAD is set in the flags; no user program can set it. */
  readonly isKernelThread: boolean;
  readonly nice: number;
  /** Scheduling policy: 0 OTHER, 1 FIFO, 2 RR, 3 BATCH, 5 IDLE, 6 DEADLINE. */
  readonly policy: number;
  readonly threadCount: number;
  /** utime + stime over the whole life, in clock ticks. */
  readonly cpuTicks: number;
  /** Resident set in bytes. */
  readonly residentBytes: number;
  /** NUL-separated, at most 32 KiB; absent where it could not be read. */
  readonly environ?: ByteString;
  /** Path in the unified or the first named hierarchy, as /proc/PID/cgroup shows it. */
  readonly cgroup?: ByteString;
  /** Inode numbers of the namespaces that could be read. */
  readonly namespaces: Readonly<Partial<Record<NamespaceName, string>>>;
  /** What file descriptors 0, 1 and 2 lead to, for example `socket:[123]`, `pipe:[9]`, `/dev/null`. */
  readonly standardStreams: readonly (ByteString | undefined)[];
  /** Inode numbers of the sockets it holds. */
  readonly socketInodes: readonly string[];
  /** Paths of regular files it holds open, at most 64. */
  readonly openFiles: readonly ByteString[];
  /** What could not be read and the errno, for example `fd: EACCES`. */
  readonly unread: readonly string[];
}

type NamespaceName = "mnt" | "pid" | "net" | "user" | "cgroup";

/** /proc/PID/exe, judged by its inode and never by the link text alone (RELIABILITY F31). */
export interface ExecutableLink {
  /** The link text, without the kernel's ` (deleted)` when the inode is really unlinked. */
  readonly path: ByteString;
  readonly status: FileStatus;
  /** The inode has no name any more. */
  readonly isDeleted: boolean;
  /** Anonymous memory: the link text starts with `/memfd:`. */
  readonly isMemfd: boolean;
  /** The same path, seen from the root of the process, leads to another inode or to none. */
  readonly isReplaced: boolean;
  /**
   * Of a deleted executable: nothing is at its path now, neither on the host nor from the
   * root of the process. An update leaves a new file there, a program that erases itself
   * does not. Absent where it was not looked at or could not be told.
   */
  readonly isPathFree?: boolean;
}
