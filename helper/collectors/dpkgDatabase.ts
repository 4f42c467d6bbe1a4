import { isFailure, type Host } from "#core/facts/host";
import { dpkgMd5sum, dpkgPackageName, parseDpkgDiversions } from "#core/parsers/dpkg";
import type { Diversion } from "#core/parsers/dpkg";
import type { ByteString } from "#core/text/byteString";
import type { ListedFile, PackageDatabase } from "./packageDatabase.ts";
import { PathIndex } from "./pathIndex.ts";

const infoFolder = "/var/lib/dpkg/info";
const listBytes = 32 << 20;

/** Folders that a merged /usr turned into links; packages may list a file under either name. */
const mergedFolders = ["/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/"] as const;

/** dpkg: /var/lib/dpkg/info/*.list and *.md5sums, with diversions. */
export function openDpkg(host: Host): PackageDatabase | undefined {
  const names = host.list(infoFolder);
  if (isFailure(names)) return undefined;
  const lists = names.filter((name) => name.endsWith(".list"));
  return lists.length === 0 ? undefined : new DpkgDatabase(host, lists, new Set(names));
}

class DpkgDatabase implements PackageDatabase {
  readonly manager = "dpkg";
  readonly gaps: string[] = [];
  readonly #host: Host;
  readonly #lists: readonly string[];
  readonly #present: ReadonlySet<string>;
  readonly #merged: readonly ByteString[];
  readonly #diversions: readonly Diversion[];
  #index: PathIndex | undefined;

  constructor(host: Host, lists: readonly string[], present: ReadonlySet<string>) {
    this.#host = host;
    this.#lists = lists;
    this.#present = present;
    this.#merged = mergedFolders.filter((folder) => isLinkToUsr(host, folder.slice(0, -1)));
    const text = host.read("/var/lib/dpkg/diversions", listBytes);
    this.#diversions = isFailure(text) ? [] : parseDpkgDiversions(text).value;
  }

  find(paths: ReadonlySet<ByteString>): ReadonlyMap<ByteString, ListedFile> {
    this.#index ??= this.#readLists();
    const found = new Map<ByteString, ListedFile>();
    const texts = new Map<string, ByteString>();
    const read = (name: string): ByteString => {
      const text = texts.get(name) ?? this.#read(name);
      texts.set(name, text);
      return text;
    };
    for (const path of paths) {
      for (const listed of listedNames(path, this.#merged, this.#diversions)) {
        for (const number of this.#index.filesWith(listed)) {
          const list = this.#lists[number] ?? "";
          const owner = dpkgPackageName(list);
          if (!keepsName(this.#diversions, listed, path, owner, this.#merged)) continue;
          // The index knows hashes only.
          if (!`\n${read(list)}\n`.includes(`\n${listed}\n`)) continue;
          const md5 = dpkgMd5sum(read(list.replace(/\.list$/, ".md5sums")), listed);
          found.set(path, { package: owner, ...(md5 === undefined ? {} : { digest: { algorithm: "md5", hex: md5 } }) });
        }
      }
    }
    return found;
  }

  #readLists(): PathIndex {
    const index = new PathIndex();
    let unreadable = 0;
    for (const [number, name] of this.#lists.entries()) {
      const status = this.#host.readPieces(`${infoFolder}/${name}`, listBytes, (piece) => index.feed(number, piece));
      index.endLine(number);
      if (isFailure(status) || status.size > listBytes) unreadable += 1;
    }
    if (unreadable > 0) this.gaps.push(`${unreadable} package lists in ${infoFolder} could not be read.`);
    return index;
  }

  #read(name: string): ByteString {
    if (!this.#present.has(name)) return "";
    const text = this.#host.read(`${infoFolder}/${name}`, listBytes);
    return isFailure(text) ? "" : text;
  }
}

function isLinkToUsr(host: Host, folder: ByteString): boolean {
  const link = host.readLink(folder);
  return !isFailure(link) && (link === `usr${folder}` || link === `/usr${folder}`);
}

/** Every name under which a list may have the path. */
function listedNames(
  path: ByteString,
  merged: readonly ByteString[],
  diversions: readonly Diversion[],
): ReadonlySet<ByteString> {
  const names = aliases(path, merged);
  const diverted = diversions.filter(({ to }) => names.includes(to)).flatMap(({ from }) => aliases(from, merged));
  return new Set([...names, ...diverted]);
}

function aliases(path: ByteString, merged: readonly ByteString[]): readonly ByteString[] {
  for (const folder of merged) {
    if (path.startsWith(folder)) return [path, `/usr${path}`];
    if (path.startsWith(`/usr${folder}`)) return [path, path.slice("/usr".length)];
  }
  return [path];
}

/**
 * Whether the file that this package lists is the one that has the path now: a diverted
 * file of another package sits at `to`, and `from` is left to the diverting package.
 */
function keepsName(
  diversions: readonly Diversion[],
  listed: ByteString,
  path: ByteString,
  owner: string,
  merged: readonly ByteString[],
): boolean {
  const names = aliases(path, merged);
  const diversion = diversions.find(({ from }) => aliases(from, merged).includes(listed));
  if (diversion === undefined || diversion.package === owner) return names.includes(listed);
  return names.includes(diversion.to);
}
