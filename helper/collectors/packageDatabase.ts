import type { OwnershipFact } from "#core/facts/facts";
import { isFailure, type Host } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";
import { openApk } from "./apkDatabase.ts";
import { openDpkg } from "./dpkgDatabase.ts";

/** The installed packages of a host, read without running the package manager. */
export interface PackageDatabase {
  readonly manager: OwnershipFact["manager"];
  /** What cannot be told from it, one sentence each. */
  readonly gaps: readonly string[];
  /** Owners of those paths that the database lists. */
  find(paths: ReadonlySet<ByteString>): ReadonlyMap<ByteString, ListedFile>;
}

export interface ListedFile {
  readonly package: string;
  readonly digest?: { readonly algorithm: "md5" | "sha1" | "sha256"; readonly hex: string };
}

/** The database of the host, or nothing where there is none that can be read. */
export function openPackageDatabase(host: Host): PackageDatabase | undefined {
  return openDpkg(host) ?? openApk(host);
}

/** True when the host keeps an RPM database, in any of the places it had. */
export function hasRpmDatabase(host: Host): boolean {
  return ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"].some((folder) => {
    const names = host.list(folder);
    return !isFailure(names) && names.some((name) => /^(rpmdb\.sqlite|Packages(\.db)?)$/.test(name));
  });
}
