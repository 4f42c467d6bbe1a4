import type { Ownership } from "#core/facts/facts";
import type { Host } from "#core/facts/host";
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

/** The package database of a host, or of an offline root when the host is a {@link rootedHost}. */
export function packageOwnership(host: Host): OwnershipLookup {
  const collector = new OwnershipCollector(host, limits);
  return {
    prepare: (paths) => collector.ask(paths, { verify: true }),
    ownerOf: (path) => collector.of(path),
    gaps: () => collector.fact().gaps,
  };
}
