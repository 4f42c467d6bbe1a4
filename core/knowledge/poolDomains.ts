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

/** Host names in a text that belong to mining pools, at most `limit`. Linear: each run of letters is looked at once. */
export function poolNames(text: ByteString, limit = 8): readonly string[] {
  const found = new Set<string>();
  for (const [run] of text.matchAll(/[A-Za-z0-9][A-Za-z0-9.-]{4,253}/g)) {
    if (found.size >= limit) break;
    if (run.includes(".") && poolOf(run) !== undefined) found.add(run.toLowerCase());
  }
  return [...found];
}
