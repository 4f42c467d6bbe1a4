import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  readlinkSync,
  statSync,
} from "node:fs";
import type { BigIntStats, PathLike } from "node:fs";
import { machine } from "node:os";
import type { FileKind, FileStatus, Host, HostFailure } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";

const defaultLimit = 1 << 20;
const chunkBytes = 256 << 10;
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The machine that this program runs on.
 *
 * Reads go through one shared buffer. Failures are expected (a process ends while it is
 * read), so the stack trace of each is switched off for the length of the call: building
 * it costs more than the system call.
 */
export class LinuxHost implements Host {
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes);

  read(path: ByteString, limit = defaultLimit): ByteString | HostFailure {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    let descriptor = -1;
    try {
      const isProcText = isPlainProcPath(path);
      descriptor = isProcText ? openSync(systemPath(path), openFlags) : openRegularFile(path);
      return this.#readAll(descriptor, limit, isProcText && singleRecord.test(path));
    } catch (error) {
      return toFailure(error, path);
    } finally {
      if (descriptor >= 0) closeSync(descriptor);
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  readPieces(path: ByteString, limit: number, visit: (piece: Uint8Array) => void): FileStatus | HostFailure {
    let descriptor = -1;
    try {
      descriptor = openRegularFile(path);
      let left = limit;
      while (left > 0) {
        const length = readSync(descriptor, this.#buffer, 0, Math.min(left, chunkBytes), null);
        if (length === 0) break;
        visit(this.#buffer.subarray(0, length));
        left -= length;
      }
      return toStatus(fstatSync(descriptor, { bigint: true }));
    } catch (error) {
      return toFailure(error, path);
    } finally {
      if (descriptor >= 0) closeSync(descriptor);
    }
  }

  readLink(path: ByteString): ByteString | HostFailure {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return readlinkSync(systemPath(path), "latin1");
    } catch (error) {
      return toFailure(error, path);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  list(path: ByteString): readonly ByteString[] | HostFailure {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return readdirSync(systemPath(path), "latin1");
    } catch (error) {
      return toFailure(error, path);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  stat(path: ByteString, options?: { readonly follow?: boolean }): FileStatus | HostFailure {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      const system = systemPath(path);
      return toStatus(
        options?.follow === false ? lstatSync(system, { bigint: true }) : statSync(system, { bigint: true }),
      );
    } catch (error) {
      return toFailure(error, path);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  hasPid(pid: number): boolean {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // EPERM says that the process is there and belongs to somebody else.
      return errnoName(error) === "EPERM";
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  self(): { readonly pid: number; readonly euid: number; readonly machine: string } {
    return { pid: process.pid, euid: process.geteuid?.() ?? -1, machine: machine() };
  }

  clock(): { readonly wallMs: number; readonly monotonicNs: number } {
    return { wallMs: Date.now(), monotonicNs: Number(process.hrtime.bigint()) };
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      if (milliseconds <= 0) setImmediate(resolve);
      else setTimeout(resolve, milliseconds);
    });
  }

  #readAll(descriptor: number, limit: number, isSingle: boolean): ByteString {
    const first = readSync(descriptor, this.#buffer, 0, Math.min(limit, chunkBytes), null);
    if (first === 0) return "";
    let text: ByteString = this.#buffer.toString("latin1", 0, first);
    if (isSingle && first < chunkBytes) return text;
    while (text.length < limit) {
      const length = readSync(descriptor, this.#buffer, 0, Math.min(limit - text.length, chunkBytes), null);
      if (length === 0) break;
      text += this.#buffer.toString("latin1", 0, length);
    }
    return text;
  }
}

/**
 * True for the kernel's own files under /proc. The magic links of a process (root, cwd,
 * exe, fd, map_files) lead out of procfs, so what is behind them is treated as any file.
 */
function isPlainProcPath(path: ByteString): boolean {
  if (!path.startsWith("/proc/")) return false;
  return processFile.test(path) || !/\/(?:root|cwd|exe|fd|map_files)(?:\/|$)|\/\.\.(?:\/|$)/.test(path);
}

/** The paths that are read by the thousand; `exe` has to go the long way. */
const processFile = /^\/proc\/\d+\/(?:task\/\d+\/)?(?:stat|status|cmdline|environ|cgroup|schedstat|comm|maps)$/;

/** Files that the kernel hands over as one record: one read gets all of it, and end of file need not be asked for. */
const singleRecord = /\/(?:stat|status|cmdline|environ|cgroup|schedstat|comm)$/;

/**
 * Opens a regular file and nothing else. The status is asked for before, because already
 * opening a device can act (a watchdog starts, a tape rewinds), and after, because the
 * name may lead elsewhere by then (RELIABILITY F29).
 */
function openRegularFile(path: ByteString): number {
  const system = systemPath(path);
  if (!statSync(system).isFile()) throw new NotRegularFile();
  const descriptor = openSync(system, openFlags);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new NotRegularFile();
}

class NotRegularFile extends Error {
  readonly code = "EFTYPE";
}

/** Node encodes a string path as UTF-8, which would change every byte above 0x7f. */
function systemPath(path: ByteString): PathLike {
  return /[\x80-\xff]/.test(path) ? Buffer.from(path, "latin1") : path;
}

function toFailure(error: unknown, path: ByteString): HostFailure {
  return { failure: errnoName(error), path };
}

function errnoName(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return /^E[A-Z0-9]+$/.test(code) ? code : "EINVAL";
}

function toStatus(stats: BigIntStats): FileStatus {
  return {
    kind: kindOf(stats),
    id: `${stats.dev}:${stats.ino}`,
    size: Number(stats.size),
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    nlink: Number(stats.nlink),
    mtimeNs: String(stats.mtimeNs),
    ctimeNs: String(stats.ctimeNs),
  };
}

function kindOf(stats: BigIntStats): FileKind {
  switch (Number(stats.mode) & constants.S_IFMT) {
    case constants.S_IFREG:
      return "file";
    case constants.S_IFDIR:
      return "directory";
    case constants.S_IFLNK:
      return "symlink";
    case constants.S_IFIFO:
      return "fifo";
    case constants.S_IFSOCK:
      return "socket";
    case constants.S_IFCHR:
      return "character";
    case constants.S_IFBLK:
      return "block";
    default:
      return "unknown";
  }
}
