import fs from "node:fs";
import type { ByteString } from "#core/text/byteString";
import type { FileId } from "#core/facts/host";
import type { ProcessIdentity } from "#core/facts/process";
import { parseProcessStat } from "./processStat.ts";
import type { ProcessStat } from "./processStat.ts";
import { oPath, procMagic } from "./kernelConstants.ts";

/**
 * A process held by an open /proc/PID. Reads through the held folder fail with ESRCH or
 * ENOENT once this process is gone, even when its pid already belongs to another one
 * (RELIABILITY F39), so what is read here is about this process or it is nothing.
 */
export class LiveProcess {
  readonly pid: number;
  readonly #folder: number;
  #isOpen = true;

  private constructor(pid: number, folder: number) {
    this.pid = pid;
    this.#folder = folder;
  }

  /** Takes hold of whatever has the pid now; undefined when nothing has, or when something is mounted over it. */
  static open(pid: number): LiveProcess | undefined {
    if (!Number.isSafeInteger(pid) || pid < 1) return undefined;
    let folder: number;
    try {
      folder = fs.openSync(`/proc/${pid}`, oPath | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW);
    } catch {
      return undefined;
    }
    // A directory bind-mounted over /proc/PID hides the process from readers (F37).
    if (fs.statfsSync(`/proc/self/fd/${folder}`).type !== procMagic) {
      fs.closeSync(folder);
      return undefined;
    }
    return new LiveProcess(pid, folder);
  }

  /** Path of an entry below the held folder, valid in this process while it is open. */
  path(name: string): string {
    return `/proc/self/fd/${this.#folder}/${name}`;
  }

  /** Fields of /proc/PID/stat, or undefined when the process has been reaped. */
  stat(): ProcessStat | undefined {
    const text = this.read("stat", 4096);
    return text === undefined ? undefined : parseProcessStat(text);
  }

  /** At most `limit` bytes of a procfs file; undefined when it is gone or may not be read. */
  read(name: string, limit: number): ByteString | undefined {
    try {
      const file = fs.openSync(this.path(name), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
      try {
        return readUpTo(file, limit);
      } finally {
        fs.closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /** Text of a link such as `exe`, `cwd` or `ns/mnt`. */
  readLink(name: string): ByteString | undefined {
    try {
      return fs.readlinkSync(this.path(name), "buffer").toString("latin1");
    } catch {
      return undefined;
    }
  }

  /** Who runs the executable right now, by inode: never by the link text, which may lie (F31). */
  exeId(): FileId | undefined {
    try {
      const status = fs.statSync(this.path("exe"), { bigint: true });
      return `${status.dev}:${status.ino}`;
    } catch {
      return undefined;
    }
  }

  /** Arguments, split at NUL; empty for kernel threads and zombies. */
  argv(): readonly ByteString[] {
    const text = this.read("cmdline", 256 * 1024) ?? "";
    if (text === "") return [];
    return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
  }

  /** Whether this is still the process that the identity names. */
  matches(identity: ProcessIdentity): boolean {
    if (identity.pid !== this.pid) return false;
    const stat = this.stat();
    if (stat === undefined || stat.startTime !== identity.startTime) return false;
    return identity.exeId === undefined || this.exeId() === identity.exeId;
  }

  /** The identity as of now; undefined when the process has been reaped. */
  identity(bootId: string): ProcessIdentity | undefined {
    const stat = this.stat();
    if (stat === undefined) return undefined;
    const exeId = this.exeId();
    const identity = { bootId, pid: this.pid, startTime: stat.startTime };
    return exeId === undefined ? identity : { ...identity, exeId };
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    fs.closeSync(this.#folder);
  }
}

/** Pids that /proc lists now. */
export function listPids(): readonly number[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number);
}

/** Fields of whatever has the pid now, without holding it: for passes over all processes. */
export function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseProcessStat(fs.readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined;
  }
}

function readUpTo(file: number, limit: number): ByteString {
  const chunks: string[] = [];
  const buffer = Buffer.allocUnsafe(Math.min(limit, 65_536));
  let total = 0;
  while (total < limit) {
    const count = fs.readSync(file, buffer, 0, Math.min(buffer.length, limit - total), null);
    if (count === 0) break;
    chunks.push(buffer.toString("latin1", 0, count));
    total += count;
  }
  return chunks.join("");
}
