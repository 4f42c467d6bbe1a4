import { isFailure, type Host } from "#core/facts/host";
import { parseApkInstalled } from "#core/parsers/apkInstalled";
import type { ByteString } from "#core/text/byteString";
import type { ListedFile, PackageDatabase } from "./packageDatabase.ts";

const databaseBytes = 64 << 20;

/** apk: one text file with every package and file. */
export function openApk(host: Host): PackageDatabase | undefined {
  const text = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"]
    .map((path) => host.read(path, databaseBytes))
    .find((text) => !isFailure(text));
  if (text === undefined || isFailure(text) || text === "") return undefined;
  const { value: files, problems } = parseApkInstalled(text);
  const gaps = problems.length > 0 ? [`${problems.length} lines of the package database have another form.`] : [];
  const find = (paths: ReadonlySet<ByteString>): ReadonlyMap<ByteString, ListedFile> => {
    const found = new Map<ByteString, ListedFile>();
    for (const path of paths) {
      const file =
        files.get(path) ?? files.get(path.replace(/^\/usr(?=\/(bin|sbin|lib)\/)/, "")) ?? files.get(`/usr${path}`);
      if (file === undefined) continue;
      const digest = file.sha1 === undefined ? {} : ({ digest: { algorithm: "sha1", hex: file.sha1 } } as const);
      found.set(path, { package: file.package, ...digest });
    }
    return found;
  };
  return { manager: "apk", gaps, find };
}
