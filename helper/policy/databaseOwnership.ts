import { createHash } from "node:crypto";
import type { Ownership } from "#core/facts/facts";
import { isFailure } from "#core/facts/host";
import type { Host } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";
import { openPackageDatabase } from "#helper/collectors/packageDatabase";
import type { ListedFile, PackageDatabase } from "#helper/collectors/packageDatabase";
import type { OwnershipLookup } from "./ownershipLookup.ts";

const listedMs = 60_000;
const digestLimit = 512 * 2 ** 20;

/**
 * Asks the package database directly and compares the content with its digest. What
 * the database lists is remembered for a minute; the content is compared again whenever
 * the file is not the very one that was compared before.
 */
export class DatabaseOwnership implements OwnershipLookup {
  readonly #host: Host;
  readonly #open: (host: Host) => PackageDatabase | undefined;
  #database: PackageDatabase | undefined;
  #openedAt = Number.NEGATIVE_INFINITY;
  readonly #listed = new Map<ByteString, ListedFile | undefined>();
  readonly #compared = new Map<
    ByteString,
    { readonly file: string; readonly digest: "intact" | "modified" | "unknown" }
  >();

  constructor(host: Host, open: (host: Host) => PackageDatabase | undefined = openPackageDatabase) {
    this.#host = host;
    this.#open = open;
  }

  ownerOf(path: ByteString): Ownership {
    const nowMs = this.#host.clock().monotonicNs / 1e6;
    if (nowMs - this.#openedAt > listedMs) {
      this.#database = this.#open(this.#host);
      this.#openedAt = nowMs;
      this.#listed.clear();
    }
    const database = this.#database;
    if (database === undefined || database.manager === "none") return "unknown";
    if (!this.#listed.has(path)) this.#listed.set(path, database.find(new Set([path])).get(path));
    const listed = this.#listed.get(path);
    if (listed === undefined) return "unowned";
    return { manager: database.manager, package: listed.package, digest: this.#compare(path, listed) };
  }

  #compare(path: ByteString, listed: ListedFile): "intact" | "modified" | "unknown" {
    if (listed.digest === undefined) return "unknown";
    const status = this.#host.stat(path);
    if (isFailure(status) || status.kind !== "file" || status.size > digestLimit) return "unknown";
    const file = `${status.id} ${status.size} ${status.mtimeNs} ${status.ctimeNs}`;
    const known = this.#compared.get(path);
    if (known?.file === file) return known.digest;
    const hash = createHash(listed.digest.algorithm);
    const read = this.#host.readPieces(path, digestLimit, (piece) => hash.update(piece));
    if (isFailure(read) || read.id !== status.id) return "unknown";
    const digest = hash.digest("hex") === listed.digest.hex ? "intact" : "modified";
    this.#compared.set(path, { file, digest });
    return digest;
  }
}
