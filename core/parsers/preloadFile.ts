import type { ByteString } from "../text/byteString.ts";

/** Entries beyond this number are not judged; a real file has one or two. */
const mostEntries = 64;

/**
 * The libraries that /etc/ld.so.preload names, each once. ld.so(8): entries are separated
 * by white space or colons, and a number sign starts a comment.
 */
export function parsePreloadFile(content: ByteString): readonly ByteString[] {
  const entries = new Set<ByteString>();
  for (const [entry] of content.replace(/#[^\n]*/g, "").matchAll(/[^\s:\0]+/g)) {
    if (entries.size >= mostEntries) break;
    entries.add(entry);
  }
  return [...entries];
}
