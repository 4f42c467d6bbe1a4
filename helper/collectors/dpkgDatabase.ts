import { isFailure, type Host } from "#core/facts/host";
import { dpkgPackageName, eachDpkgListPath, parseDpkgDiversions, parseDpkgMd5sums } from "#core/parsers/dpkg";
import type { Diversion } from "#core/parsers/dpkg";
import type { ByteString } from "#core/text/byteString";
import type { ListedFile, PackageDatabase } from "./packageDatabase.ts";

const infoFolder = "/var/lib/dpkg/info";
const listBytes = 32 << 20;

/** Folders that a merged /usr turned into links; packages may list a file under either name. */
const mergedFolders = ["/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/"] as const;

/** dpkg: /var/lib/dpkg/info/*.list and *.md5sums, with diversions. */
export function openDpkg(host: Host): PackageDatabase | undefined {
  const names = host.list(infoFolder);
  if (isFailure(names)) return undefined;
  const lists = names.filter((name) => name.endsWith(".list"));
  if (lists.length === 0) return undefined;
  const present = new Set(names);
  const diversionText = host.read("/var/lib/dpkg/diversions", listBytes);
  const diversions = isFailure(diversionText) ? [] : parseDpkgDiversions(diversionText).value;
  const merged = mergedFolders.filter((folder) => isLinkToUsr(host, folder.slice(0, -1)));
  const gaps: string[] = [];

  const find = (paths: ReadonlySet<ByteString>): ReadonlyMap<ByteString, ListedFile> => {
    const wanted = listedNames(paths, merged, diversions);
    const found = new Map<ByteString, ListedFile>();
    let unreadable = 0;
    for (const name of lists) {
      const text = host.read(`${infoFolder}/${name}`, listBytes);
      if (isFailure(text)) {
        unreadable += 1;
        continue;
      }
      const hits: ByteString[] = [];
      eachDpkgListPath(text, (path) => {
        if (wanted.has(path)) hits.push(path);
      });
      if (hits.length === 0) continue;
      const owner = dpkgPackageName(name);
      const digests = readDigests(host, name, present);
      for (const listed of hits) {
        for (const path of wanted.get(listed) ?? []) {
          if (!keepsName(diversions, listed, path, owner, merged)) continue;
          const md5 = digests.get(listed);
          found.set(path, { package: owner, ...(md5 === undefined ? {} : { digest: { algorithm: "md5", hex: md5 } }) });
        }
      }
    }
    if (unreadable > 0) gaps.push(`${unreadable} package lists in ${infoFolder} could not be read.`);
    return found;
  };
  return { manager: "dpkg", gaps, find };
}

function isLinkToUsr(host: Host, folder: ByteString): boolean {
  const link = host.readLink(folder);
  return !isFailure(link) && (link === `usr${folder}` || link === `/usr${folder}`);
}

/** Every name under which a list may have one of the paths, with the paths that it stands for. */
function listedNames(
  paths: ReadonlySet<ByteString>,
  merged: readonly ByteString[],
  diversions: readonly Diversion[],
): ReadonlyMap<ByteString, readonly ByteString[]> {
  const wanted = new Map<ByteString, ByteString[]>();
  for (const path of paths) {
    for (const alias of aliases(path, merged)) {
      const diverted = diversions.filter(({ to }) => to === alias).map(({ from }) => from);
      for (const name of [alias, ...diverted]) {
        const known = wanted.get(name);
        if (known === undefined) wanted.set(name, [path]);
        else known.push(path);
      }
    }
  }
  return wanted;
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

function readDigests(host: Host, listName: string, present: ReadonlySet<ByteString>): ReadonlyMap<ByteString, string> {
  const name = `${listName.slice(0, -".list".length)}.md5sums`;
  if (!present.has(name)) return new Map();
  const text = host.read(`${infoFolder}/${name}`, listBytes);
  return isFailure(text) ? new Map() : parseDpkgMd5sums(text).value;
}
