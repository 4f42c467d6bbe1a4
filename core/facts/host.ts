import type { ByteString } from "../text/byteString.ts";

/**
 * The only way from a collector to a machine. `helper/host/linuxHost.ts` implements it
 * on a live host, `SnapshotHost` on a recorded folder. Calls are synchronous because a
 * full pass over /proc is 5 to 10 times slower with promises, and they return failures
 * as data because ENOENT is the normal end of a process, not an exception.
 */
export interface Host {
  /** Reads at most `limit` bytes from the start of a regular or procfs file, without following a final symlink into a FIFO or device. */
  read(path: ByteString, limit?: number): ByteString | HostFailure;
  /** The text of a symbolic link. */
  readLink(path: ByteString): ByteString | HostFailure;
  /** Names in a directory, unsorted, without `.` and `..`. */
  list(path: ByteString): readonly ByteString[] | HostFailure;
  /** `stat(2)` of what the path leads to; `lstat(2)` with `follow: false`. */
  stat(path: ByteString, options?: { readonly follow?: boolean }): FileStatus | HostFailure;
  /** Milliseconds since the epoch by the host's wall clock, and nanoseconds of CLOCK_MONOTONIC. */
  clock(): { readonly wallMs: number; readonly monotonicNs: number };
}

/** An errno name such as `ENOENT` or `EACCES`, and what was being done. */
export interface HostFailure {
  readonly failure: string;
  readonly path: ByteString;
}

export function isFailure(answer: unknown): answer is HostFailure {
  return typeof answer === "object" && answer !== null && "failure" in answer;
}

export type FileKind = "file" | "directory" | "symlink" | "fifo" | "socket" | "character" | "block" | "unknown";

export interface FileStatus {
  readonly kind: FileKind;
  /** `device:inode`, both decimal; a string because overlay inodes pass 2^53. */
  readonly id: FileId;
  readonly size: number;
  /** Permission bits with set-id and sticky bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  /** Nanoseconds since the epoch, decimal. */
  readonly mtimeNs: string;
  readonly ctimeNs: string;
}

/** `device:inode`. */
export type FileId = string;
