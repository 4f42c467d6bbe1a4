import type { Ownership } from "#core/facts/facts";
import type { ByteString } from "#core/text/byteString";

/** Asks the host's package database about one canonical path, as of now. */
export interface OwnershipLookup {
  ownerOf(path: ByteString): Ownership;
}

/** For hosts whose package database was not read: every answer is "could not determine". */
export const noOwnership: OwnershipLookup = { ownerOf: () => "unknown" };
