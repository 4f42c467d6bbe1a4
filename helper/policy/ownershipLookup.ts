import type { Ownership } from "#core/facts/facts";
import type { ByteString } from "#core/text/byteString";

/** Asks the host's package database about one canonical path, as of now. */
export interface OwnershipLookup {
  ownerOf(path: ByteString): Ownership;
}
