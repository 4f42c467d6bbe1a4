import { createHash } from "node:crypto";
import fs from "node:fs";
import type { FileId } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";
import type { OwnershipLookup } from "#helper/policy/ownershipLookup";
import type { LiveProcess } from "./liveProcess.ts";
import type { ProcessStat } from "./processStat.ts";

/** What relatives of a frozen process are recognised by once the parent link is cut. */
export interface MemberTraits {
  readonly exeId: FileId | undefined;
  /** The program is the system's own (a shell, an interpreter): sharing it means nothing by itself. */
  readonly isSystemProgram: boolean;
  readonly session: number;
  readonly cgroup: ByteString | undefined;
  readonly uids: ByteString;
  /** Arguments without the first, which a process can choose freely. */
  readonly argumentTail: ByteString;
  readonly scriptDigest: string | undefined;
}

export function memberTraits(live: LiveProcess, ownership: OwnershipLookup): MemberTraits {
  const path = live.readLink("exe");
  const owner = path === undefined ? "unknown" : ownership.ownerOf(path);
  const isSystemProgram =
    owner === "unknown" ? isSystemPlace(path) : owner !== "unowned" && owner.digest !== "modified";
  const argv = live.argv();
  return {
    exeId: live.exeId(),
    isSystemProgram,
    session: live.stat()?.session ?? -1,
    cgroup: live.read("cgroup", 16_384),
    uids: uidLine(live),
    argumentTail: argv.slice(1).join("\0"),
    scriptDigest: isSystemProgram ? scriptDigest(live, argv) : undefined,
  };
}

/**
 * Whether a process that is not a descendant still belongs to the same program.
 *
 * An executable that no package owns: the same inode in the same session or cgroup.
 * A shell or interpreter is shared by innocent programs, perhaps in the very session of
 * a start script; there the user, the session and either all arguments or the content
 * of the script must agree as well.
 */
export function belongsTo(
  live: LiveProcess,
  stat: ProcessStat,
  members: readonly MemberTraits[],
  memberPids: ReadonlySet<number>,
): boolean {
  const exeId = live.exeId();
  if (exeId === undefined) return false;
  return members.some((member) => {
    if (member.exeId !== exeId) return false;
    const isSameSession = stat.session > 0 && stat.session === member.session;
    if (!member.isSystemProgram) return isSameSession || live.read("cgroup", 16_384) === member.cgroup;
    const isOwnSession = isSameSession && (memberPids.has(stat.session) || !fs.existsSync(`/proc/${stat.session}`));
    if (!isOwnSession || uidLine(live) !== member.uids) return false;
    const argv = live.argv();
    if (argv.length > 1 && argv.slice(1).join("\0") === member.argumentTail) return true;
    return member.scriptDigest !== undefined && scriptDigest(live, argv) === member.scriptDigest;
  });
}

function uidLine(live: LiveProcess): ByteString {
  return /^Uid:.*$/m.exec(live.read("status", 16_384) ?? "")?.[0] ?? "";
}

function isSystemPlace(path: ByteString | undefined): boolean {
  return path !== undefined && /^\/(usr|bin|sbin|lib|lib64)\//.test(path) && !path.startsWith("/usr/local/");
}

const scriptSizeLimit = 2 ** 20;

/** Digest of the script that an interpreter runs: its first argument that is no option. */
function scriptDigest(live: LiveProcess, argv: readonly ByteString[]): string | undefined {
  const script = argv.slice(1).find((argument) => !argument.startsWith("-"));
  if (script === undefined || script === "" || script.includes("\0")) return undefined;
  const place = script.startsWith("/") ? `root${script}` : `cwd/${script}`;
  try {
    const path = Buffer.from(live.path(place), "latin1");
    const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const status = fs.fstatSync(file);
      if (!status.isFile() || status.size > scriptSizeLimit) return undefined;
      return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
    } finally {
      fs.closeSync(file);
    }
  } catch {
    return undefined;
  }
}
