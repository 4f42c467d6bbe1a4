import { createHash } from "node:crypto";
import { parseConffiles } from "#core/autostart/parsers/dpkgConffiles";
import type { Ownership } from "#core/facts/facts";
import { type Host, isFailure } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";
import { defaultLimits } from "../collectors/collectOptions.ts";
import { OwnershipCollector } from "../collectors/ownership.ts";

/** Who owns a path, by the package database of the same root. */
export interface OwnershipLookup {
  /** Called with every path before its owner is asked for, because a database is read once for many paths. */
  prepare?(paths: readonly ByteString[]): Promise<void>;
  ownerOf(path: ByteString): Ownership;
  /** What the database could not tell, one sentence each. */
  gaps?(): readonly string[];
}

/** An inventory verifies small files for the most part; its large ones are the daemons that start at boot. */
const limits = { ...defaultLimits, digestBytes: 1 << 30, stageMs: 60_000 };
const statusBytes = 64 << 20;
const conffileBytes = 4 << 20;

/** The package database of a host, or of an offline root when the host is a `rootedHost`. */
export function packageOwnership(host: Host): OwnershipLookup {
  const collector = new OwnershipCollector(host, limits);
  const digests = new Map<ByteString, "intact" | "modified">();
  let conffiles: ReadonlyMap<ByteString, string> | undefined;
  return {
    async prepare(paths) {
      await collector.ask(paths, { verify: true });
      conffiles ??= readConffiles(host);
      for (const path of paths) {
        const shipped = conffiles.get(path);
        const actual = shipped === undefined || digests.has(path) ? undefined : md5(host, path);
        if (actual !== undefined) digests.set(path, actual === shipped ? "intact" : "modified");
      }
    },
    ownerOf(path) {
      const owner = collector.of(path);
      const digest = digests.get(path);
      return typeof owner === "string" || owner.digest !== "unknown" || digest === undefined
        ? owner
        : { ...owner, digest };
    },
    gaps: () => collector.fact().gaps,
  };
}

function readConffiles(host: Host): ReadonlyMap<ByteString, string> {
  const status = host.read("/var/lib/dpkg/status", statusBytes);
  return isFailure(status) ? new Map() : parseConffiles(status);
}

function md5(host: Host, path: ByteString): string | undefined {
  const hash = createHash("md5");
  const status = host.readPieces(path, conffileBytes, (piece) => hash.update(piece));
  return isFailure(status) || status.size > conffileBytes ? undefined : hash.digest("hex");
}
