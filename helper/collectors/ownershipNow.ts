import type { Ownership } from "#core/facts/facts";
import type { Host } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";
import { defaultLimits } from "./collectOptions.ts";
import { OwnershipCollector } from "./ownership.ts";

/** Each answer compares the file's digest anew; a file that was swapped since the last question shows. */
const limits = { ...defaultLimits, digestBytes: 1 << 30, stageMs: 600_000 };

/** Asks the package database of the live host about single paths, as of now. */
export function ownershipNow(host: Host): { ownerOf(path: ByteString): Ownership } {
  return { ownerOf: (path) => new OwnershipCollector(host, limits).lookUp(path) };
}
