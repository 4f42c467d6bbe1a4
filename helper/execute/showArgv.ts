import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";

/** A command line for people: arguments joined by spaces, escaped, at most 4000 characters. */
export function showArgv(argv: readonly ByteString[]): string {
  return showBytes(argv.join(" "), 4000);
}
