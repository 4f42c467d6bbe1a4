import type { ByteString } from "./byteString.ts";

/** Last component of a POSIX path; the empty string for `/`. */
export function basename(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Everything before the last component, without a trailing slash; `/` at the top. */
export function dirname(path: ByteString): ByteString {
  const cut = path.lastIndexOf("/");
  if (cut < 0) return ".";
  return cut === 0 ? "/" : path.slice(0, cut);
}
