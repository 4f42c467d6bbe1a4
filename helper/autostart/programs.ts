import type { AutostartEntry } from "#core/autostart/autostartClass";
import { type FileStatus, type Host, isFailure } from "#core/facts/host";
import type { Account } from "#core/parsers/passwd";
import type { ByteString } from "#core/text/byteString";
import { dirname } from "#core/text/paths";

/** Where the program of an entry was found, or that it was not. */
export type ProgramPlace =
  | { readonly kind: "found"; readonly path: ByteString; readonly status: FileStatus }
  | { readonly kind: "missing" | "unknown"; readonly path: ByteString };

/** The folders of the path that cron, systemd and login share, in their order. */
const searchFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Finds the program of an entry; undefined when the entry names none. */
export function findProgram(host: Host, entry: AutostartEntry, accounts: readonly Account[]): ProgramPlace | undefined {
  const { program } = entry;
  if (program === undefined || program === "" || program.includes("\0")) return undefined;
  const path = program.startsWith("~/") ? `${homeOf(entry, accounts)}${program.slice(1)}` : program;
  if (!path.startsWith("/")) {
    // A name without a folder may be a built-in or a function, so not finding it says nothing.
    return (path.includes("/") ? undefined : search(host, path)) ?? { kind: "unknown", path };
  }
  const status = host.stat(path);
  if (!isFailure(status)) return { kind: "found", path, status };
  const isPattern = /[$%*?[\]{}]/.test(path);
  const isAbsent = status.failure === "ENOENT" || status.failure === "ENOTDIR";
  return { kind: isAbsent && !isPattern ? "missing" : "unknown", path };
}

function homeOf(entry: AutostartEntry, accounts: readonly Account[]): ByteString {
  const user = entry.runUser === "" ? "root" : entry.runUser;
  return accounts.find(({ name }) => name === user)?.home ?? "~";
}

function search(host: Host, name: ByteString): ProgramPlace | undefined {
  for (const folder of searchFolders) {
    const path = `${folder}/${name}`;
    const status = host.stat(path);
    if (!isFailure(status) && status.kind === "file") return { kind: "found", path, status };
  }
  return undefined;
}

/**
 * The path and, when it is a link, what it leads to step by step: update-alternatives and
 * `systemctl enable` make links that no package lists, to files that one does.
 */
export function linkChain(host: Host, path: ByteString): readonly ByteString[] {
  const chain = [path];
  for (let place = path; chain.length < 8;) {
    const link = host.readLink(place);
    if (isFailure(link)) break;
    place = link.startsWith("/") ? link : normalize(`${dirname(place)}/${link}`);
    chain.push(place);
  }
  return chain;
}

function normalize(path: ByteString): ByteString {
  const parts: ByteString[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
