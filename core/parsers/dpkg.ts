import type { ByteString } from "../text/byteString.ts";
import { Problems, type Parsed } from "./parsed.ts";

/** Parses /var/lib/dpkg/info/PACKAGE.md5sums into digests by absolute path. */
export function parseDpkgMd5sums(text: ByteString): Parsed<ReadonlyMap<ByteString, string>> {
  const problems = new Problems();
  const digests = new Map<ByteString, string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const digest = line.slice(0, 32);
    const path = line.slice(34);
    if (/^[0-9a-f]{32}$/.test(digest) && /^ [ *]$/.test(line.slice(32, 34)) && path !== "") {
      digests.set(path.startsWith("/") ? path : `/${path}`, digest);
    } else problems.add("This digest line has another form", line);
  }
  return { value: digests, problems: problems.list() };
}

/** A file of one package that dpkg unpacks under another name, because a second package provides it. */
export interface Diversion {
  readonly from: ByteString;
  readonly to: ByteString;
  /** The package whose file stays at `from`; `:` for a local diversion, which nobody's does. */
  readonly package: string;
}

/** Parses /var/lib/dpkg/diversions: three lines each. */
export function parseDpkgDiversions(text: ByteString): Parsed<readonly Diversion[]> {
  const problems = new Problems();
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const diversions: Diversion[] = [];
  for (let index = 0; index < lines.length; index += 3) {
    const [from = "", to = "", owner = ""] = lines.slice(index, index + 3);
    if (from.startsWith("/") && to.startsWith("/") && owner !== "") diversions.push({ from, to, package: owner });
    else problems.add("This diversion has another form", from);
  }
  return { value: diversions, problems: problems.list() };
}

/** The package name in `libc6:amd64.list` or `bash.md5sums`. */
export function dpkgPackageName(fileName: string): string {
  return fileName.replace(/\.(list|md5sums)$/, "").replace(/:[^:]*$/, "");
}

/**
 * Calls back with every absolute path of /var/lib/dpkg/info/PACKAGE.list. A callback,
 * because all lists of a host together have hundreds of thousands of paths, of which a
 * few hundred are asked for.
 */
export function eachDpkgListPath(text: ByteString, visit: (path: ByteString) => void): void {
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (text.charCodeAt(start) === 0x2f) visit(text.slice(start, end));
    start = end + 1;
  }
}
