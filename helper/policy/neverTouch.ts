import fs from "node:fs";
import type { Ownership } from "#core/facts/facts";
import type { FileId } from "#core/facts/host";
import { processKey } from "#core/facts/process";
import type { ByteString } from "#core/text/byteString";
import { basename } from "#core/text/paths";
import { showBytes } from "#core/text/showBytes";
import { pseudoFileSystems } from "#helper/execute/kernelConstants";
import type { LiveProcess } from "#helper/execute/liveProcess";
import type { OwnSession } from "./ownSession.ts";
import { socketInodesOf } from "./ownSession.ts";
import type { OwnershipLookup } from "./ownershipLookup.ts";
import { protectedProgram } from "./protectedPrograms.ts";
import type { Verdict } from "./verdict.ts";
import { allowed } from "./verdict.ts";

/** What the never-touch list is judged against; read anew for every plan that is applied. */
export interface PolicyContext {
  readonly session: OwnSession;
  readonly ownership: OwnershipLookup;
  /** The helper's own folder on this host. */
  readonly stateDir: ByteString;
}

/**
 * Whether a live process may be frozen or killed. Asked in the helper at the last
 * moment before every signal, whatever the plan says: plans can be forged.
 */
export function judgeProcess(live: LiveProcess, context: PolicyContext): Verdict {
  if (live.pid === 1) return never("it is process 1: the host would go down.");
  const stat = live.stat();
  if (stat === undefined) return allowed;
  if (stat.isKernelThread) return never("it is a thread of the kernel.");
  const lineage = context.session.lineage.get(processKey(stat));
  if (lineage !== undefined) return never(`it is ${lineage}.`);
  const sockets = socketInodesOf(live);
  if (sockets.some((inode) => context.session.socketInodes.has(inode)))
    return never("it holds this session's own network connection, or listens for it.");
  return judgeProgram(live, sockets, context);
}

function judgeProgram(live: LiveProcess, sockets: readonly string[], context: PolicyContext): Verdict {
  const path = live.readLink("exe");
  if (path === undefined || !path.startsWith("/")) return allowed;
  const replaced = replacedPath(live, path);
  const row = protectedProgram(basename(replaced ?? path));
  if (row === undefined) return allowed;
  if (replaced !== undefined) return judgeReplaced(replaced, row.role, context);
  // In a container the same path is another file, which the host's packages say nothing about.
  if (hostFileId(path) !== live.exeId()) return allowed;
  const proof = packageProof(context.ownership.ownerOf(path), path);
  if (proof === undefined) return allowed;
  const reason = `${showBytes(path, 200)} is ${row.role} (${proof}).`;
  switch (row.protection) {
    case "never":
      return never(reason);
    case "neverWhileListening":
      return sockets.some((inode) => context.session.listeningInodes.has(inode)) ? never(reason) : allowed;
    case "override":
      return { kind: "needsOverride", override: "importantService", reason };
  }
}

/** The path of an executable that has lost its name, as every daemon's has between an upgrade and its restart. */
function replacedPath(live: LiveProcess, path: ByteString): ByteString | undefined {
  const ending = " (deleted)";
  if (!path.endsWith(ending)) return undefined;
  try {
    return fs.statSync(live.path("exe")).nlink === 0 ? path.slice(0, -ending.length) : undefined;
  } catch {
    return undefined;
  }
}

/** The old program can't be compared with any digest, so a person has to say that it is not the daemon. */
function judgeReplaced(path: ByteString, role: string, context: PolicyContext): Verdict {
  if (packageProof(context.ownership.ownerOf(path), path) === undefined) return allowed;
  return {
    kind: "needsOverride",
    override: "importantService",
    reason: `it looks like ${showBytes(path, 200)}, ${role}, from before an upgrade; that can't be proven any more.`,
  };
}

/** Why a path counts as what its package shipped; undefined when it does not. */
function packageProof(ownership: Ownership, path: ByteString): string | undefined {
  if (ownership === "unowned") return undefined;
  if (ownership === "unknown")
    return isSystemPath(path) && isWrittenByRootOnly(path)
      ? "the package database could not be asked, so it is taken for genuine"
      : undefined;
  switch (ownership.digest) {
    case "intact":
      return `package ${showBytes(ownership.package, 80)}, unmodified`;
    case "unknown":
      return `package ${showBytes(ownership.package, 80)}, which has no digest to prove otherwise`;
    case "modified":
      return undefined;
  }
}

/** A file as the open descriptor and its canonical path say. */
export interface FileSubject {
  /** Canonical: no symbolic link in any component. */
  readonly path: ByteString;
  readonly id: FileId;
  /** `f_type` of its file system. */
  readonly fileSystem: number;
  /** Seen through the root of a process in another mount namespace. */
  readonly isForeignNamespace: boolean;
}

/** More processes than this that run from one packaged library make it part of the system. */
const sharedLibraryLimit = 10;

/** Whether a file may be taken away. Asked at the last moment, about the open file. */
export function judgeFile(file: FileSubject, context: PolicyContext): Verdict {
  const pseudo = pseudoFileSystems.get(file.fileSystem);
  if (pseudo !== undefined) return never(`it lives on ${pseudo}, which the kernel makes up.`);
  if (!file.isForeignNamespace) {
    const place = /^\/(proc|sys|dev)(?=\/|$)/.exec(file.path);
    // Attackers keep their files in shared memory, which is an ordinary file system.
    if (place !== null && !file.path.startsWith("/dev/shm/")) return never(`it lies under ${place[0]}.`);
    if (isInside(file.path, context.stateDir)) return never("it belongs to this product's own state.");
    if (accountFiles.has(file.path)) return never("nobody could log in without it.");
  }
  if (file.id === hostFileId("/proc/self/exe") || isMappedBy("self", file))
    return never("the helper itself runs from it.");
  if (file.id === hostFileId("/proc/1/exe")) return never("process 1 runs from it.");
  return file.isForeignNamespace ? judgeContainerFile(file) : judgePackagedFile(file, context);
}

/** Packages of a container are not read, so its system folders count as packaged. */
function judgeContainerFile({ path }: FileSubject): Verdict {
  if (!isSystemPath(path)) return allowed;
  return {
    kind: "needsOverride",
    override: "packageOwned",
    reason: "it lies among the system's own files of a container; taking it away may break the container.",
  };
}

function judgePackagedFile(file: FileSubject, context: PolicyContext): Verdict {
  const ownership = context.ownership.ownerOf(file.path);
  const proof = packageProof(ownership, file.path);
  if (proof === undefined) return allowed;
  const mappers = countMappers(file, sharedLibraryLimit + 1);
  if (mappers > sharedLibraryLimit)
    return never(`more than ${sharedLibraryLimit} running processes use it as a library (${proof}).`);
  return {
    kind: "needsOverride",
    override: "packageOwned",
    reason: `it came with the system (${proof}); taking it away breaks what needs it.`,
  };
}

const accountFiles: ReadonlySet<ByteString> = new Set(
  ["passwd", "shadow", "group", "gshadow", "sudoers", "nsswitch.conf"].map((name) => `/etc/${name}`),
);

/** Counts processes that map the file, up to `enough`. */
function countMappers(file: FileSubject, enough: number): number {
  let count = 0;
  for (const name of fs.readdirSync("/proc")) {
    if (/^\d+$/.test(name) && isMappedBy(name, file)) count += 1;
    if (count >= enough) break;
  }
  return count;
}

/**
 * A row of /proc/PID/maps has inode and path. The device in it is not what stat says on
 * btrfs and overlays, and the inode alone repeats from one file system to the next.
 */
function isMappedBy(process: string, file: FileSubject): boolean {
  const inode = file.id.slice(file.id.indexOf(":") + 1);
  try {
    const rows = fs.readFileSync(`/proc/${process}/maps`, "latin1").split("\n");
    return rows.some((row) => row.includes(` ${inode} `) && row.endsWith(` ${file.path}`));
  } catch {
    return false;
  }
}

function never(reason: string): Verdict {
  return { kind: "never", reason };
}

function isInside(path: ByteString, folder: ByteString): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function isSystemPath(path: ByteString): boolean {
  return /^\/(usr|bin|sbin|lib|lib32|lib64|libx32|boot|etc)\//.test(path) && !path.startsWith("/usr/local/");
}

function isWrittenByRootOnly(path: ByteString): boolean {
  try {
    const status = fs.statSync(Buffer.from(path, "latin1"));
    return status.uid === 0 && (status.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

function hostFileId(path: ByteString): FileId | undefined {
  try {
    const status = fs.statSync(Buffer.from(path, "latin1"), { bigint: true });
    return `${status.dev}:${status.ino}`;
  } catch {
    return undefined;
  }
}
