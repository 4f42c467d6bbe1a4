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
  /**
   * Feeds at most `limit` bytes of a regular file to `visit`, piece by piece. A piece is
   * valid only during the call, because the buffer is reused: a 64 MB executable must not
   * be in memory as a whole. Answers with the status of the file that was read.
   */
  readPieces(path: ByteString, limit: number, visit: (piece: Uint8Array) => void): FileStatus | HostFailure;
  /** Whether a process or thread of this number exists, by signal 0, which is never delivered. */
  hasPid(pid: number): boolean;
  /** The reader itself, which must know whose eyes it looks through. `machine` is that of `uname -m`. */
  self(): { readonly pid: number; readonly euid: number; readonly machine: string };
  /** Lets other work of the same program run, for at least `milliseconds`. */
  wait(milliseconds: number): Promise<void>;
  /** Milliseconds since the epoch by the host's wall clock, and nanoseconds of CLOCK_MONOTONIC. */
  clock(): { readonly wallMs: number; readonly monotonicNs: number };
}

/** An errno name such as `ENOENT` or `EACCES`, or `EFTYPE` where a regular file was wanted, and the path. */
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
