import type { ByteString } from "../text/byteString.ts";
import { poolDomainList } from "./poolDomainList.ts";
import { unveilLines } from "./veiled.ts";

const suffixes: ReadonlySet<string> = new Set(unveilLines(poolDomainList));

/** The mining pool that a host name belongs to; names are compared and never resolved. */
export function poolOf(hostName: string): string | undefined {
  let name = hostName.toLowerCase().replace(/\.+$/, "");
  while (name.includes(".")) {
    if (suffixes.has(name)) return name;
    name = name.slice(name.indexOf(".") + 1);
  }
  return undefined;
}

/**
 * Host names in a text that belong to mining pools, at most `limit`. It goes from dot to
 * dot and looks at the name around each, which is many times faster than to take every
 * word of a large file for a name.
 */
export function poolNames(text: ByteString, limit = 8): readonly string[] {
  const found = new Set<string>();
  let from = 0;
  for (let dot = text.indexOf(".", from); dot >= 0 && found.size < limit; dot = text.indexOf(".", from)) {
    let start = dot;
    while (start > from && dot - start < 64 && isNameByte(text.charCodeAt(start - 1))) start -= 1;
    let end = dot + 1;
    while (end - start < 254 && (isNameByte(text.charCodeAt(end)) || text.charCodeAt(end) === 0x2e)) end += 1;
    from = end;
    if (end - start < 5) continue;
    const name = text.slice(start, end);
    if (poolOf(name) !== undefined) found.add(name.toLowerCase().replace(/\.+$/, ""));
  }
  return [...found];
}

/** Letters, digits, hyphen; the underscore is for names that are no host's and end one. */
function isNameByte(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x2d
  );
}
