import type { ByteString } from "../text/byteString.ts";
import { Problems, type Parsed } from "./parsed.ts";

/**
 * The digest that /var/lib/dpkg/info/PACKAGE.md5sums has for an absolute path. It looks
 * for one line, because a package may have ten thousand of them.
 */
export function dpkgMd5sum(text: ByteString, path: ByteString): string | undefined {
  if (path.includes("\n")) return undefined;
  for (const mark of ["  ", " *"]) {
    const lineEnd = `${mark}${path.slice(1)}\n`;
    const at = text.indexOf(lineEnd);
    // A longer name may end like this one after two blanks: the digest must begin its line.
    if (at < 32 || (at > 32 && text[at - 33] !== "\n")) continue;
    const digest = text.slice(at - 32, at);
    if (/^[0-9a-f]{32}$/.test(digest)) return digest;
  }
  return undefined;
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
