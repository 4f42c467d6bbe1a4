import type { FileStatus, Host, HostFailure } from "#core/facts/host";
import { dirname } from "#core/text/paths";

/** What a recorded path is: the bytes of a file, where a link leads, or why it cannot be looked at. */
export type SnapshotEntry =
  | string
  | { readonly link: string }
  | { readonly failure: string }
  | { readonly content?: string; readonly status: Partial<FileStatus> };

export interface SnapshotOptions {
  readonly euid?: number;
  /** Numbers that answer to signal 0 besides those with a folder in /proc. */
  readonly alsoAlive?: readonly number[];
  /** Names that listing a folder leaves out, by folder: what a hider does. */
  readonly unlisted?: Readonly<Record<string, readonly string[]>>;
  /** Called at each wait, to change the machine while it is looked at. */
  readonly onWait?: (host: SnapshotHost, round: number) => void;
}

/**
 * A machine in memory: paths with bytes, links and failures. Folders exist where
 * something lies in them. Links are followed when they are absolute. The clock moves by
 * waiting only.
 */
export class SnapshotHost implements Host {
  readonly #entries: Map<string, SnapshotEntry>;
  readonly #options: SnapshotOptions;
  #elapsedMs = 0;
  #waits = 0;

  constructor(entries: Readonly<Record<string, SnapshotEntry>>, options: SnapshotOptions = {}) {
    this.#entries = new Map(Object.entries(entries));
    this.#options = options;
  }

  set(path: string, entry: SnapshotEntry): void {
    this.#entries.set(path, entry);
  }

  /** Removes a path and all below it. */
  remove(path: string): void {
    for (const known of this.#entries.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#entries.delete(known);
    }
  }

  read(path: string, limit = 1 << 20): string | HostFailure {
    const entry = this.#entries.get(this.#resolve(path));
    if (entry === undefined) return { failure: this.#hasFolder(path) ? "EISDIR" : "ENOENT", path };
    if (typeof entry === "string") return entry.slice(0, limit);
    if ("failure" in entry) return { failure: entry.failure, path };
    if ("link" in entry) return { failure: "ENOENT", path };
    if (entry.status.kind !== undefined && entry.status.kind !== "file") return { failure: "EFTYPE", path };
    return (entry.content ?? "").slice(0, limit);
  }

  readPieces(path: string, limit: number, visit: (piece: Uint8Array) => void): FileStatus | HostFailure {
    const content = this.read(path, limit);
    if (typeof content !== "string") return content;
    for (let at = 0; at < content.length; at += 7) visit(Buffer.from(content.slice(at, at + 7), "latin1"));
    return this.stat(path);
  }

  readLink(path: string): string | HostFailure {
    const entry = this.#entries.get(this.#resolveFolder(path));
    if (typeof entry === "object" && "link" in entry) return entry.link;
    if (typeof entry === "object" && "failure" in entry) return { failure: entry.failure, path };
    return { failure: entry === undefined ? "ENOENT" : "EINVAL", path };
  }

  list(path: string): readonly string[] | HostFailure {
    const folder = this.#resolve(path);
    const entry = this.#entries.get(folder);
    if (typeof entry === "object" && "failure" in entry) return { failure: entry.failure, path };
    if (entry !== undefined) return { failure: "ENOTDIR", path };
    const start = folder === "/" ? "/" : `${folder}/`;
    const names = new Set<string>();
    for (const known of this.#entries.keys()) {
      if (known.startsWith(start)) names.add(known.slice(start.length).split("/", 1)[0] ?? "");
    }
    const unlisted = this.#options.unlisted?.[path] ?? [];
    return names.size === 0 ? { failure: "ENOENT", path } : [...names].filter((name) => !unlisted.includes(name));
  }

  stat(path: string, options?: { readonly follow?: boolean }): FileStatus | HostFailure {
    const target = options?.follow === false ? this.#resolveFolder(path) : this.#resolve(path);
    const entry = this.#entries.get(target);
    if (entry === undefined) {
      return this.#hasFolder(target) ? statusOf(target, "directory", 0) : { failure: "ENOENT", path };
    }
    if (typeof entry === "string") return statusOf(target, "file", entry.length);
    if ("failure" in entry) return { failure: entry.failure, path };
    if ("link" in entry) {
      return options?.follow === false ? statusOf(target, "symlink", entry.link.length) : { failure: "ENOENT", path };
    }
    return { ...statusOf(target, "file", entry.content?.length ?? 0), ...entry.status };
  }

  hasPid(pid: number): boolean {
    return (this.#options.alsoAlive ?? []).includes(pid) || this.#hasFolder(`/proc/${pid}`);
  }

  self(): { readonly pid: number; readonly euid: number; readonly machine: string } {
    return { pid: 1, euid: this.#options.euid ?? 0, machine: "x86_64" };
  }

  clock(): { readonly wallMs: number; readonly monotonicNs: number } {
    return { wallMs: 1_750_000_000_000 + this.#elapsedMs, monotonicNs: this.#elapsedMs * 1e6 };
  }

  wait(milliseconds: number): Promise<void> {
    this.#elapsedMs += milliseconds;
    if (milliseconds > 0) this.#options.onWait?.(this, ++this.#waits);
    return Promise.resolve();
  }

  /** Follows absolute links, in the last part and in folders on the way. */
  #resolve(path: string): string {
    let resolved = this.#resolveFolder(path);
    for (let hops = 0; hops < 8; hops += 1) {
      const entry = this.#entries.get(resolved);
      if (typeof entry !== "object" || !("link" in entry)) return resolved;
      resolved = this.#resolveFolder(entry.link.startsWith("/") ? entry.link : `${dirname(resolved)}/${entry.link}`);
    }
    return resolved;
  }

  #resolveFolder(path: string): string {
    const parts = path.split("/");
    for (let length = 2; length < parts.length; length += 1) {
      const folder = parts.slice(0, length).join("/");
      const entry = this.#entries.get(folder);
      if (typeof entry !== "object" || !("link" in entry)) continue;
      const target = entry.link.startsWith("/") ? entry.link : `${dirname(folder)}/${entry.link}`.replace(/^\/\//, "/");
      return this.#resolveFolder([target === "/" ? "" : target, ...parts.slice(length)].join("/"));
    }
    return path;
  }

  #hasFolder(path: string): boolean {
    const start = path === "/" ? "/" : `${path}/`;
    for (const known of this.#entries.keys()) if (known.startsWith(start)) return true;
    return false;
  }
}

/** Equal paths have equal ids, as inodes have. */
function statusOf(path: string, kind: FileStatus["kind"], size: number): FileStatus {
  return {
    kind,
    id: `1:${path}`,
    size,
    mode: 0o644,
    uid: 0,
    gid: 0,
    nlink: 1,
    mtimeNs: "1700000000000000000",
    ctimeNs: "1700000000000000000",
  };
}

/** The files of one ordinary process, as a start for a test. */
export function procFiles(
  pid: number,
  process: {
    readonly comm?: string;
    readonly ppid?: number;
    readonly startTime?: number;
    readonly threads?: number;
    readonly ticks?: number;
    readonly flags?: number;
    readonly state?: string;
    readonly uid?: number;
    readonly tgid?: number;
    readonly exe?: string;
    readonly argv?: readonly string[];
    readonly cgroup?: string;
    readonly network?: string;
  } = {},
): Record<string, SnapshotEntry> {
  const { comm = "daemon", ppid = 1, startTime = 100 + pid, threads = 1, ticks = 10, flags = 4194560 } = process;
  const { state = "S", uid = 0, tgid = pid, exe = "/usr/sbin/daemon", argv = [exe] } = process;
  const folder = `/proc/${pid}`;
  const times = `${flags} 0 0 0 0 ${ticks} 0 0 0 20 0 ${threads} 0 ${startTime}`;
  const namespaces = { mnt: "1", pid: "2", net: process.network ?? "3", user: "4", cgroup: "5" };
  return {
    [`${folder}/stat`]: `${pid} (${comm}) ${state} ${ppid} ${pid} ${pid} 0 -1 ${times} 0 0\n`,
    [`${folder}/status`]: `Name:\t${comm}\nTgid:\t${tgid}\nPid:\t${pid}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nGid:\t0\t0\t0\t0\n`,
    [`${folder}/cmdline`]: argv.map((argument) => `${argument}\0`).join(""),
    [`${folder}/environ`]: "PATH=/bin\0",
    [`${folder}/cgroup`]: `0::${process.cgroup ?? "/system.slice/daemon.service"}\n`,
    [`${folder}/schedstat`]: `${ticks * 1e7} 0 1\n`,
    [`${folder}/exe`]: { link: exe },
    [`${folder}/cwd`]: { link: "/" },
    [`${folder}/root`]: { link: "/" },
    [`${folder}/fd/0`]: { link: "/dev/null" },
    ...Object.fromEntries(
      Object.entries(namespaces).map(([name, number]) => [`${folder}/ns/${name}`, { link: `${name}:[${number}]` }]),
    ),
  };
}
