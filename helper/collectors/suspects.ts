import type { OwnershipFact } from "#core/facts/facts";
import { ownerOfExecutable } from "#core/facts/ownerOfExecutable";
import type { ProcessFact } from "#core/facts/process";
import { basename } from "#core/text/paths";
import type { ByteString } from "#core/text/byteString";

/**
 * Processes that deserve the dear facts: the digest of what they run, the files beside
 * it, their unit. Not a verdict: a build tool in a home folder is one too.
 */
export function isSuspect(process: ProcessFact, ownership: OwnershipFact): boolean {
  const { exe } = process;
  if (process.isKernelThread || exe === undefined) return false;
  if (exe.isDeleted || exe.isMemfd || exe.isReplaced || isOddPlace(exe.path)) return true;
  const owner = ownerOfExecutable(process, ownership);
  if (owner === "unowned" || (typeof owner === "object" && owner.digest === "modified")) return true;
  return scriptOf(process) !== undefined;
}

/** The very inode that runs is the file that its package installed; its content says nothing new. */
export function isIntact(process: ProcessFact, ownership: OwnershipFact): boolean {
  const owner = ownerOfExecutable(process, ownership);
  return typeof owner === "object" && owner.digest === "intact";
}

const oddFolders = /^\/(?:tmp|var\/tmp|dev|run|boot|lost\+found|var\/lock|proc|sys|mnt|media)\//;

/** Folders from which no package runs programs, and hidden folders and files anywhere. */
export function isOddPlace(path: ByteString): boolean {
  return oddFolders.test(path) || /\/[. ][^/]*(?:\/|$)/.test(path);
}

const interpreters =
  /^(?:(?:ba|da|z|k|mk|a|pdk|fi)?sh|busybox|python[\d.]*|perl[\d.]*|php[\d.-]*|ruby[\d.]*|node|nodejs|lua[\d.]*|tclsh[\d.]*)$/;
const systemFolders = /^\/(?:usr\/(?!local\/)|bin\/|sbin\/|lib|opt\/)/;

/**
 * The script that an interpreter runs, when it lies outside of the folders of the
 * system, as an absolute path: its first argument that is no option. `-c` and `-e` take
 * program text, which the command line already shows.
 */
export function scriptOf(process: ProcessFact): ByteString | undefined {
  if (process.exe === undefined || !interpreters.test(basename(process.exe.path))) return undefined;
  for (const argument of process.argv.slice(1)) {
    if (/^-\w*[ceE]$/.test(argument) || argument === "-m" || argument === "-") return undefined;
    if (argument.startsWith("-") || argument === "") continue;
    const path = argument.startsWith("/")
      ? argument
      : process.cwd === undefined
        ? undefined
        : join(process.cwd, argument);
    return path === undefined || systemFolders.test(path) ? undefined : path;
  }
  return undefined;
}

/** Joins and resolves `.` and `..` by text; the result is opened, never acted upon. */
function join(folder: ByteString, name: ByteString): ByteString {
  const parts: ByteString[] = [];
  for (const part of `${folder}/${name}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
