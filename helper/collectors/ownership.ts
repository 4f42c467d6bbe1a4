import { createHash } from "node:crypto";
import type { Ownership, OwnershipFact, PackageOwner } from "#core/facts/facts";
import { isFailure, type FileId, type Host } from "#core/facts/host";
import { seen, type Observed } from "#core/facts/observed";
import type { ProcessFact } from "#core/facts/process";
import type { ByteString } from "#core/text/byteString";
import type { CollectLimits } from "./collectOptions.ts";
import { hasRpmDatabase, openPackageDatabase, type ListedFile, type PackageDatabase } from "./packageDatabase.ts";

/**
 * Who owns the files that the other collectors ask about. It is asked in rounds, because
 * only the answers about executables tell which other files matter; each path is looked
 * up, and each file is read, once.
 */
export class OwnershipCollector {
  readonly #host: Host;
  readonly #limits: CollectLimits;
  readonly #database: PackageDatabase | undefined;
  readonly #manager: OwnershipFact["manager"];
  readonly #byPath = new Map<ByteString, Ownership>();
  readonly #byFile = new Map<FileId, Ownership>();
  readonly #listed = new Map<ByteString, ListedFile>();
  readonly #gaps = new Set<string>();
  readonly #startedAt: number;
  #digestBytes = 0;

  constructor(host: Host, limits: CollectLimits) {
    this.#host = host;
    this.#limits = limits;
    this.#startedAt = host.clock().monotonicNs;
    this.#database = openPackageDatabase(host);
    this.#manager = this.#database?.manager ?? (hasRpmDatabase(host) ? "rpm" : "none");
    if (this.#manager === "rpm") {
      this.#gaps.add("The RPM database is not read: which package owns a file is unknown.");
    } else if (this.#manager === "none") {
      this.#gaps.add("No package database was found (dpkg, apk): which package owns a file is unknown.");
    }
  }

  /** Looks up paths; with `verify`, the content of each is compared with the database as well. */
  async ask(paths: readonly ByteString[], options: { readonly verify: boolean }): Promise<void> {
    const wanted = new Set<ByteString>();
    for (const path of paths) {
      // Through /proc/PID/root lies another file tree, about which this database says nothing.
      if (!this.#byPath.has(path) && !path.startsWith("/proc/")) wanted.add(path);
    }
    const found = wanted.size === 0 ? new Map<ByteString, ListedFile>() : this.#database?.find(wanted);
    for (const path of wanted) {
      const file = found?.get(path);
      if (file !== undefined) this.#listed.set(path, file);
      this.#byPath.set(
        path,
        this.#database === undefined
          ? "unknown"
          : file === undefined
            ? "unowned"
            : owner(this.#database, file, "unknown"),
      );
    }
    if (!options.verify || this.#database === undefined) return;
    for (const path of paths) {
      const file = this.#listed.get(path);
      if (file === undefined) continue;
      this.#listed.delete(path);
      await this.#host.wait(0);
      this.#byPath.set(path, owner(this.#database, file, this.#verify(path, file)));
    }
  }

  /** Owner of one path with its digest compared at once; for decisions that can't wait for a pass over many. */
  lookUp(path: ByteString): Ownership {
    if (this.#database === undefined) return "unknown";
    const file = this.#database.find(new Set([path])).get(path);
    return file === undefined ? "unowned" : owner(this.#database, file, this.#verify(path, file));
  }

  /** Relates running executables to paths; only where the path leads to the very inode that runs. */
  relate(processes: readonly ProcessFact[]): void {
    for (const { exe } of processes) {
      if (exe === undefined || exe.isMemfd || exe.isDeleted || this.#byFile.has(exe.status.id)) continue;
      const status = this.#host.stat(exe.path);
      if (isFailure(status) || status.id !== exe.status.id) continue;
      this.#byFile.set(exe.status.id, this.#byPath.get(exe.path) ?? "unknown");
    }
  }

  of(path: ByteString): Ownership {
    return this.#byPath.get(path) ?? "unknown";
  }

  fact(): Observed<OwnershipFact> & { readonly kind: "seen" } {
    for (const gap of this.#database?.gaps ?? []) this.#gaps.add(gap);
    return seen({ manager: this.#manager, byPath: this.#byPath, byFile: this.#byFile }, [...this.#gaps]);
  }

  #verify(path: ByteString, file: ListedFile): PackageOwner["digest"] {
    if (file.digest === undefined) return "unknown";
    const isLate = this.#host.clock().monotonicNs - this.#startedAt > this.#limits.stageMs * 1e6;
    if (isLate || this.#digestBytes > this.#limits.digestBytes) {
      this.#gaps.add("Not every package file was compared with its digest: the limit of size or time was reached.");
      return "unknown";
    }
    const hash = createHash(file.digest.algorithm);
    let read = 0;
    const status = this.#host.readPieces(path, this.#limits.digestBytes, (piece) => {
      hash.update(piece);
      read += piece.length;
    });
    this.#digestBytes += read;
    if (isFailure(status) || read !== status.size) return "unknown";
    return hash.digest("hex") === file.digest.hex ? "intact" : "modified";
  }
}

function owner(database: PackageDatabase, file: ListedFile, digest: PackageOwner["digest"]): PackageOwner {
  const manager = database.manager === "none" ? "dpkg" : database.manager;
  return { manager, package: file.package, digest };
}
