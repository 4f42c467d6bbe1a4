import type { FileKind, FileStatus, Host, HostFailure } from "#core/facts/host";

export interface MemoryFile {
  readonly content?: string;
  readonly link?: string;
  readonly kind?: FileKind;
  readonly mode?: number;
  readonly uid?: number;
  readonly mtimeNs?: string;
  /** Reading or listing it fails with this errno. */
  readonly failure?: string;
  /** What stat(2) says, where it is not the length of the content. */
  readonly size?: number;
}

/** A machine in memory: paths to files, folders made from the paths, links followed as a kernel does. */
export class MemoryHost implements Host {
  readonly #nodes = new Map<string, MemoryFile>();
  readonly #inodes = new Map<string, number>();

  constructor(files: Readonly<Record<string, MemoryFile | string>>) {
    this.#put("/", { kind: "directory" });
    for (const [path, file] of Object.entries(files)) {
      const parts = path.split("/").slice(1, -1);
      for (let depth = 1; depth <= parts.length; depth += 1) {
        const folder = `/${parts.slice(0, depth).join("/")}`;
        if (!this.#nodes.has(folder)) this.#put(folder, { kind: "directory" });
      }
      this.#put(path, typeof file === "string" ? { content: file } : file);
    }
  }

  read(path: string, limit = Number.POSITIVE_INFINITY): string | HostFailure {
    const node = this.#find(path, true);
    if ("failure" in node && node.failure !== undefined) return { failure: node.failure, path };
    if (kindOf(node) === "directory") return { failure: "EISDIR", path };
    return kindOf(node) === "file" ? ((node as MemoryFile).content ?? "").slice(0, limit) : { failure: "EFTYPE", path };
  }

  readLink(path: string): string | HostFailure {
    const node = this.#find(path, false);
    if ("path" in node) return node;
    return node.link ?? { failure: "EINVAL", path };
  }

  list(path: string): readonly string[] | HostFailure {
    const real = this.#resolve(path, true);
    const node = typeof real === "string" ? this.#nodes.get(real) : real;
    if (!node) return { failure: "ENOENT", path };
    if (node.failure !== undefined) return { failure: node.failure, path };
    if (kindOf(node) !== "directory") return { failure: "ENOTDIR", path };
    const prefix = typeof real !== "string" || real === "/" ? "/" : `${real}/`;
    return [...this.#nodes.keys()]
      .filter((name) => name.startsWith(prefix) && name !== prefix && !name.slice(prefix.length).includes("/"))
      .map((name) => name.slice(prefix.length));
  }

  stat(path: string, options?: { readonly follow?: boolean }): FileStatus | HostFailure {
    const real = this.#resolve(path, options?.follow !== false);
    if (typeof real !== "string") return real;
    const node = this.#nodes.get(real);
    if (!node) return { failure: "ENOENT", path };
    const kind = kindOf(node);
    return {
      kind,
      id: `1:${this.#inodes.get(real)}`,
      size: node.size ?? (node.content ?? node.link ?? "").length,
      mode: node.mode ?? (kind === "directory" ? 0o755 : kind === "symlink" ? 0o777 : 0o644),
      uid: node.uid ?? 0,
      gid: node.uid ?? 0,
      nlink: 1,
      mtimeNs: node.mtimeNs ?? "1700000000000000000",
      ctimeNs: node.mtimeNs ?? "1700000000000000000",
    };
  }

  readPieces(path: string, limit: number, visit: (piece: Uint8Array) => void): FileStatus | HostFailure {
    const content = this.read(path, limit);
    if (typeof content !== "string") return content;
    visit(Buffer.from(content, "latin1"));
    return this.stat(path);
  }

  hasPid(): boolean {
    return false;
  }

  self(): { readonly pid: number; readonly euid: number; readonly machine: string } {
    return { pid: 1, euid: 0, machine: "x86_64" };
  }

  wait(): Promise<void> {
    return Promise.resolve();
  }

  clock(): { readonly wallMs: number; readonly monotonicNs: number } {
    return { wallMs: 1_750_000_000_000, monotonicNs: 0 };
  }

  #put(path: string, file: MemoryFile): void {
    this.#nodes.set(path, file);
    this.#inodes.set(path, this.#inodes.size + 1);
  }

  #find(path: string, follow: boolean): MemoryFile | HostFailure {
    const real = this.#resolve(path, follow);
    return typeof real === "string" ? (this.#nodes.get(real) ?? { failure: "ENOENT", path }) : real;
  }

  #resolve(path: string, follow: boolean): string | HostFailure {
    let pending = path.split("/").filter((part) => part !== "" && part !== ".");
    let done: string[] = [];
    for (let links = 0; pending.length > 0;) {
      const [name = "", ...rest] = pending;
      pending = rest;
      if (name === "..") {
        done.pop();
        continue;
      }
      const node = this.#nodes.get(`/${[...done, name].join("/")}`);
      if (!node) return { failure: "ENOENT", path };
      if (node.link === undefined || (pending.length === 0 && !follow)) {
        done.push(name);
        continue;
      }
      links += 1;
      if (links > 40) return { failure: "ELOOP", path };
      if (node.link.startsWith("/")) done = [];
      pending = [...node.link.split("/").filter((part) => part !== "" && part !== "."), ...pending];
    }
    return `/${done.join("/")}`;
  }
}

function kindOf(node: MemoryFile | HostFailure): FileKind {
  if ("path" in node) return "unknown";
  return node.kind ?? (node.link === undefined ? "file" : "symlink");
}
