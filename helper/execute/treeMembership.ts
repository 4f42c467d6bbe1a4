import { createHash } from "node:crypto";
import fs from "node:fs";
import type { FileId } from "#core/facts/host";
import { processKey } from "#core/facts/process";
import type { ProcessIdentity, ProcessKey } from "#core/facts/process";
import type { ByteString } from "#core/text/byteString";
import { basename } from "#core/text/paths";
import type { OwnershipLookup } from "#helper/policy/ownershipLookup";
import { LiveProcess, listPids, readStat } from "./liveProcess.ts";
import { isDead } from "./processStat.ts";
import type { ProcessStat } from "./processStat.ts";

/** What relatives of a process are recognised by once the parent link is cut. */
export interface MemberTraits {
  readonly pid: number;
  readonly exeId: FileId | undefined;
  readonly session: number;
  readonly cgroup: ByteString | undefined;
  readonly uids: ByteString;
  /** What runs: for a program of nobody's package its content, for an interpreter its script, for other system programs nothing. */
  readonly program: Program | undefined;
}

type Program =
  | { readonly kind: "foreign"; readonly size: bigint; readonly digest: () => string | undefined }
  | { readonly kind: "script"; readonly digest: string };

export function memberTraits(live: LiveProcess, ownership: OwnershipLookup): MemberTraits {
  return {
    pid: live.pid,
    exeId: live.exeId(),
    session: live.stat()?.session ?? -1,
    cgroup: cgroupOf(live),
    uids: uidLine(live),
    program: isSharedProgram(live, ownership) ? scriptOf(live) : foreignProgram(live),
  };
}

/**
 * Whether a process that is not a descendant still belongs to the same program: within
 * the same session or cgroup, an executable that no package owns and that is the same
 * inode or a copy of it; or, for a shell or interpreter, the same user and the same script.
 *
 * Sharing a packaged program means nothing by itself: an innocent `sleep 60` must not be
 * killed because a miner's script sleeps too.
 */
function belongsTo(
  live: LiveProcess,
  stat: ProcessStat,
  members: readonly MemberTraits[],
  ownership: OwnershipLookup,
): boolean {
  const exeId = live.exeId();
  if (exeId === undefined) return false;
  let script: Program | undefined;
  return members.some(({ exeId: memberExe, session, cgroup, uids, program }) => {
    if (program === undefined) return false;
    const isNear =
      (stat.session > 0 && stat.session === session) || (cgroup !== undefined && cgroupOf(live) === cgroup);
    if (!isNear) return false;
    if (program.kind === "foreign") return exeId === memberExe || isCopy(live, program, ownership);
    if (exeId !== memberExe || uidLine(live) !== uids) return false;
    script ??= scriptOf(live);
    return script?.kind === "script" && script.digest === program.digest;
  });
}

export interface Relative {
  readonly stat: ProcessStat;
  readonly identity: ProcessIdentity;
}

/** One pass over /proc for processes that belong to the members and are none yet. */
export function findRelatives(
  members: ReadonlyMap<ProcessKey, { readonly identity: ProcessIdentity }>,
  traits: readonly MemberTraits[],
  bootId: string,
  ownership: OwnershipLookup,
): readonly Relative[] {
  const found: Relative[] = [];
  const parents = new Set([...members.values()].map((member) => member.identity.pid));
  const exes = new Set(
    traits.flatMap(({ exeId, program }) => (program === undefined || exeId === undefined ? [] : exeId)),
  );
  const sizes = new Set(traits.flatMap(({ program }) => (program?.kind === "foreign" ? program.size : [])));
  for (const pid of listPids()) {
    const glance = readStat(pid);
    // Holding and comparing every process of a large host would take longer than a respawn.
    if (glance === undefined || glance.isKernelThread || isDead(glance)) continue;
    if (!parents.has(glance.ppid) && !looksAlike(pid, exes, sizes)) continue;
    const live = LiveProcess.open(pid);
    if (live === undefined) continue;
    try {
      const stat = live.stat();
      if (stat === undefined || isDead(stat) || stat.isKernelThread || members.has(processKey(stat))) continue;
      if (!parents.has(stat.ppid) && !belongsTo(live, stat, traits, ownership)) continue;
      const identity = live.identity(bootId);
      if (identity !== undefined && identity.startTime === stat.startTime) found.push({ stat, identity });
    } finally {
      live.close();
    }
  }
  return found;
}

function looksAlike(pid: number, exes: ReadonlySet<FileId>, sizes: ReadonlySet<bigint>): boolean {
  if (exes.size === 0 && sizes.size === 0) return false;
  try {
    const status = fs.statSync(`/proc/${pid}/exe`, { bigint: true });
    return sizes.has(status.size) || exes.has(`${status.dev}:${status.ino}`);
  } catch {
    return false;
  }
}

/** Attackers also copy the system's own shell; the shells of everybody else are no copies of that. */
function isCopy(
  live: LiveProcess,
  program: Program & { readonly kind: "foreign" },
  ownership: OwnershipLookup,
): boolean {
  const other = foreignProgram(live);
  if (other?.kind !== "foreign" || other.size !== program.size || program.size === 0n) return false;
  const digest = other.digest();
  if (digest === undefined || digest !== program.digest()) return false;
  return !isSharedProgram(live, ownership);
}

const comparedSizeLimit = 64n * 2n ** 20n;

function foreignProgram(live: LiveProcess): Program | undefined {
  const path = live.path("exe");
  try {
    const { size } = fs.statSync(path, { bigint: true });
    let digest: string | undefined;
    return {
      kind: "foreign",
      size,
      digest: () => (digest ??= size > comparedSizeLimit ? undefined : fileDigest(path)),
    };
  } catch {
    return undefined;
  }
}

/**
 * Whether sharing this program means nothing: it came with the system, also when an
 * upgrade has replaced it since, or it runs other people's programs, like the `node` that
 * a container has from nobody's package.
 */
export function isSharedProgram(live: LiveProcess, ownership: OwnershipLookup): boolean {
  const link = live.readLink("exe");
  if (link === undefined) return true;
  const path = link.endsWith(" (deleted)") && isUnlinked(live) ? link.slice(0, -" (deleted)".length) : link;
  if (runtimes.test(basename(path))) return true;
  const owner = ownership.ownerOf(path);
  if (owner === "unknown") return /^\/(usr|bin|sbin|lib|lib64)\//.test(path) && !path.startsWith("/usr/local/");
  return owner !== "unowned" && owner.digest !== "modified";
}

/** A runtime where people install them; one in a folder for temporary files was brought along. */
export function isInstalledRuntime(path: ByteString): boolean {
  return runtimes.test(basename(path)) && !/^\/(tmp|var\/tmp|dev\/shm|run)\//.test(path);
}

function programName(live: LiveProcess): ByteString {
  return basename(live.readLink("exe") ?? "").replace(/ \(deleted\)$/, "");
}

function isUnlinked(live: LiveProcess): boolean {
  try {
    return fs.statSync(live.path("exe")).nlink === 0;
  } catch {
    return false;
  }
}

const interpreters =
  /^(sh|dash|bash|ash|busybox|zsh|ksh\d*|mksh|python[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|php[\d.]*|lua[\d.]*)$/;
const runtimes = new RegExp(`${interpreters.source}|^(java|dotnet|deno|bun|mono|php-fpm[\\d.]*|beam\\.smp|R|Rscript)$`);
const scriptSizeLimit = 2 ** 20;
/** Shorter than this, the same text given with -c may be a coincidence. */
const inlineLength = 24;

/** The script that an interpreter runs, from a file or from its command line. */
function scriptOf(live: LiveProcess): Program | undefined {
  if (!interpreters.test(programName(live))) return undefined;
  const argv = live.argv().slice(1);
  const inline = argv.findIndex((argument) => argument === "-c" || argument === "-e");
  const text = inline < 0 ? undefined : argv[inline + 1];
  if (text !== undefined && text.length < inlineLength) return undefined;
  if (text !== undefined) return { kind: "script", digest: createHash("sha256").update(text, "latin1").digest("hex") };
  const script = scriptArgument(argv);
  if (script === undefined) return undefined;
  const digest = fileDigest(live.path(script.startsWith("/") ? `root${script}` : `cwd/${script}`), scriptSizeLimit);
  return digest === undefined ? undefined : { kind: "script", digest };
}

function scriptArgument(argv: readonly ByteString[]): ByteString | undefined {
  return argv.find((argument) => !argument.startsWith("-") && argument !== "");
}

/** Absolute path of the script file that an interpreter was given, as the process sees it; it may not exist. */
export function scriptPathOf(live: LiveProcess): ByteString | undefined {
  if (!interpreters.test(programName(live))) return undefined;
  const argv = live.argv().slice(1);
  if (argv.some((argument) => argument === "-c" || argument === "-e" || argument === "-m")) return undefined;
  const script = scriptArgument(argv);
  const folder = live.readLink("cwd");
  if (script === undefined || script.startsWith("/")) return script;
  return folder?.startsWith("/") === true ? `${folder}/${script}` : undefined;
}

/** SHA-256 of a regular file; undefined when it is none, too large, or gone. */
function fileDigest(path: ByteString, limit = Number(comparedSizeLimit)): string | undefined {
  try {
    const file = fs.openSync(Buffer.from(path, "latin1"), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const status = fs.fstatSync(file);
      if (!status.isFile() || status.size > limit) return undefined;
      return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
    } finally {
      fs.closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function cgroupOf(live: LiveProcess): ByteString | undefined {
  return live.read("cgroup", 16_384);
}

function uidLine(live: LiveProcess): ByteString {
  return /^Uid:.*$/m.exec(live.read("status", 16_384) ?? "")?.[0] ?? "";
}
