const preloadPath = Buffer.from("\0/etc/ld.so.preload\0", "latin1");

/**
 * A copy of the dynamic loader that never reads /etc/ld.so.preload.
 *
 * glibc's loader has no option for this: it asks `access("/etc/ld.so.preload")` before any
 * program starts, and malware hides itself by that file. With its first byte gone the path
 * is the empty string, which names no file on any host. Other strings that share the end of
 * this one stay as they are.
 *
 * Throws unless the path stands in the loader exactly once, so that a loader built in
 * another way is noticed here and not on a host.
 */
export function privateLoader(loader: Buffer): Buffer {
  const at = loader.indexOf(preloadPath);
  if (at < 0) throw new Error("the loader does not name /etc/ld.so.preload; it may read the file by other means");
  if (loader.indexOf(preloadPath, at + 1) >= 0 || countOf(loader, "ld.so.preload") !== 1) {
    throw new Error("the loader names ld.so.preload more than once");
  }
  const copy = Buffer.from(loader);
  copy[at + 1] = 0;
  return copy;
}

function countOf(bytes: Buffer, text: string): number {
  let count = 0;
  for (let at = bytes.indexOf(text, 0, "latin1"); at >= 0; at = bytes.indexOf(text, at + 1, "latin1")) count += 1;
  return count;
}
