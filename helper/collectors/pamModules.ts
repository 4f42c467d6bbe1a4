import type { ModuleFact } from "#core/facts/facts";
import { isFailure, type FileStatus, type Host } from "#core/facts/host";
import { seen, type Observed } from "#core/facts/observed";
import { basename } from "#core/text/paths";
import type { ByteString } from "#core/text/byteString";
import { Gaps, isGone } from "./gaps.ts";

const moduleFolders = ["/usr/lib/security", "/usr/lib64/security", "/lib/security", "/lib64/security"] as const;

/** PAM modules that are installed or named, and by which files; the same file under two names counts once. */
export function collectPamModules(host: Host, context: { readonly euid: number }): Observed<readonly ModuleFact[]> {
  const gaps = new Gaps(context.euid);
  const usedBy = namedModules(host, gaps);
  const byId = new Map<string, { path: ByteString; status: FileStatus; usedBy: Set<ByteString> }>();
  const add = (path: ByteString): void => {
    const status = host.stat(path);
    if (isFailure(status)) {
      if (!isGone(status)) gaps.count("PAM module", status);
      return;
    }
    if (status.kind !== "file") return;
    const module = byId.get(status.id) ?? { path, status, usedBy: new Set<ByteString>() };
    for (const user of usedBy.get(path) ?? usedBy.get(basename(path)) ?? []) module.usedBy.add(user);
    byId.set(status.id, module);
  };
  for (const folder of existingFolders(host)) {
    const names = host.list(folder);
    if (isFailure(names)) {
      if (!isGone(names)) gaps.count("PAM module folder", names);
      continue;
    }
    for (const name of names) if (name.includes(".so")) add(`${folder}/${name}`);
  }
  for (const name of usedBy.keys()) if (name.startsWith("/")) add(name);
  return seen(
    [...byId.values()].map(({ path, status, usedBy }) => ({ path, status, usedBy: [...usedBy].sort() })),
    gaps.list(),
  );
}

/** The fixed folders and Debian's per-architecture ones. */
function existingFolders(host: Host): readonly ByteString[] {
  const perArchitecture = ["/usr/lib", "/lib"].flatMap((folder) => {
    const names = host.list(folder);
    return isFailure(names)
      ? []
      : names.filter((name) => /-linux-(gnu|musl)/.test(name)).map((name) => `${folder}/${name}/security`);
  });
  return [...moduleFolders, ...perArchitecture];
}

/** Files of /etc/pam.d by the module that they name, as it is written. */
function namedModules(host: Host, gaps: Gaps): ReadonlyMap<ByteString, ReadonlySet<ByteString>> {
  const byModule = new Map<ByteString, Set<ByteString>>();
  const names = host.list("/etc/pam.d");
  const files = isFailure(names) ? [] : names.map((name) => `/etc/pam.d/${name}`);
  for (const file of [...files, "/etc/pam.conf"]) {
    const text = host.read(file, 256 << 10);
    if (isFailure(text)) {
      if (!isGone(text)) gaps.count("PAM configuration", text);
      continue;
    }
    for (const line of text.split("\n")) {
      const module = /^\s*[^#@]*?\s(\S+\.so\S*)/.exec(line)?.[1];
      if (module === undefined) continue;
      const users = byModule.get(module) ?? new Set();
      byModule.set(module, users.add(file));
    }
  }
  return byModule;
}
