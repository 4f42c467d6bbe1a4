import type { ByteString } from "../text/byteString.ts";

/** Entries beyond this number are not judged; a real file has one or two. */
const mostEntries = 64;

/**
 * The libraries that /etc/ld.so.preload names, each once. ld.so(8): entries are separated
 * by white space or colons, and a number sign starts a comment.
 */
export function parsePreloadFile(content: ByteString): readonly ByteString[] {
  const lines = content.split("\n").map((line) => line.split("#", 1)[0] ?? "");
  const entries = lines.flatMap((line) => line.split(/[\s:\0]+/)).filter((entry) => entry !== "");
  return [...new Set(entries)].slice(0, mostEntries);
}
