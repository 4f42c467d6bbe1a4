import type { ByteString } from "../../text/byteString.ts";

/**
 * MD5 digests of configuration files as their packages shipped them, from
 * /var/lib/dpkg/status. The lists of digests beside it leave these files out, so without
 * this a changed file under /etc looks like an unchanged one. Lines that are not
 * ` /path digest` are skipped; an obsolete file no longer belongs to the package.
 */
export function parseConffiles(status: ByteString): ReadonlyMap<ByteString, string> {
  const digests = new Map<ByteString, string>();
  let isInside = false;
  for (const line of status.split("\n")) {
    if (line.startsWith("Conffiles:")) {
      isInside = true;
      continue;
    }
    if (!line.startsWith(" ")) isInside = false;
    if (!isInside) continue;
    const match = /^ (\/.*) ([0-9a-f]{32})$/.exec(line);
    if (match) digests.set(match[1] ?? "", match[2] ?? "");
  }
  return digests;
}
