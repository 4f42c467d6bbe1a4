import fs from "node:fs";
import type { ResolvedFile, ResolvedProcess, RespawnMarks } from "#core/actions/responseInput";
import { processKey } from "#core/facts/process";
import type { ProcessIdentity } from "#core/facts/process";
import { OpsError } from "#core/opsError";
import type { ProcessTarget } from "#core/plans/plan";
import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";
import { judgeProcess } from "#helper/policy/neverTouch";
import type { PolicyContext } from "#helper/policy/neverTouch";
import type { Override, Verdict } from "#helper/policy/verdict";
import { digestOf } from "#helper/quarantine/container";
import { accountName } from "#helper/quarantine/fileMetadata";
import { isDead } from "./processStat.ts";
import { fileIdOf } from "./heldFile.ts";
import { LiveProcess } from "./liveProcess.ts";
import { openQuietly } from "./openQuietly.ts";
import { resolveFile } from "./resolveFile.ts";
import type { FileRequest } from "./resolveFile.ts";
import { showArgv } from "./showArgv.ts";
import { findRelatives, isInstalledRuntime, memberTraits, scriptPathOf } from "./treeMembership.ts";
import type { MemberTraits } from "./treeMembership.ts";

export interface ProcessRequest {
  readonly kind: "process";
  readonly pid: number;
  /** From an earlier look; when given, another process under the same pid is refused. */
  readonly startTime?: number;
  readonly exeId?: string;
  readonly override?: Override;
}

export interface ProcessResolution {
  readonly process: ResolvedProcess;
  /** The files that it and its tree run: executables and scripts that have a name and came with no package. */
  readonly files: readonly ResolvedFile[];
  /** Why its own file is not offered, when it is not. */
  readonly fileNote?: string;
}

const sampleLimit = 2 * 2 ** 30;

/**
 * Turns a pid into a target that can't be mistaken for another process later: start
 * time, executable inode, digest, and the tree below it.
 * Throws an OpsError: `notFound` when it has ended, `preconditionChanged` when it is another one.
 */
export async function resolveProcess(
  request: ProcessRequest,
  policy: PolicyContext,
  bootId: string,
): Promise<ProcessResolution> {
  const live = LiveProcess.open(request.pid);
  if (live === undefined) throw new OpsError("notFound", `There is no process ${request.pid}.`);
  try {
    const stat = live.stat();
    const identity = live.identity(bootId);
    if (stat === undefined || identity === undefined || isDead(stat))
      throw new OpsError("notFound", `Process ${request.pid} has ended.`);
    const isOther =
      (request.startTime !== undefined && request.startTime !== stat.startTime) ||
      (request.exeId !== undefined && request.exeId !== identity.exeId);
    if (isOther) throw new OpsError("preconditionChanged", `Pid ${request.pid} belongs to another process by now.`);
    const verdict = judgeProcess(live, policy);
    const target = await processTarget(live, identity);
    const allowance = permission(verdict, request.override);
    const isNameless = exeOf(live)?.isNameless ?? false;
    if (allowance.refusal !== undefined)
      return { process: { target, tree: [], isNameless, marks: noMarks, ...allowance }, files: [] };
    const own = await filesOf(live, identity, policy);
    const tree = await treeOf(live, target, policy);
    return {
      process: { target, tree: tree.targets, isNameless, marks: tree.marks, ...allowance },
      files: [...own.files, ...tree.files],
      ...(own.note === undefined ? {} : { fileNote: own.note }),
    };
  } finally {
    live.close();
  }
}

function permission(
  verdict: Verdict,
  override: Override | undefined,
): { readonly refusal?: string; readonly override?: "importantService" } {
  switch (verdict.kind) {
    case "allowed":
      return {};
    case "never":
      return { refusal: verdict.reason };
    case "needsOverride":
      return override === "importantService" && verdict.override === override
        ? { override }
        : { refusal: verdict.reason };
  }
}

interface ExeName {
  readonly path: ByteString;
  readonly id: string;
  readonly isNameless: boolean;
}

function exeOf(live: LiveProcess): ExeName | undefined {
  const path = live.readLink("exe");
  try {
    const status = fs.statSync(live.path("exe"), { bigint: true });
    if (path === undefined) return undefined;
    return { path, id: fileIdOf(status), isNameless: status.nlink === 0n || path.startsWith("/memfd:") };
  } catch {
    return undefined;
  }
}

interface RunFiles {
  readonly files: readonly ResolvedFile[];
  readonly note?: string;
}

/** The executable, or for an interpreter the script, as targets of their own. */
async function filesOf(live: LiveProcess, identity: ProcessIdentity, policy: PolicyContext): Promise<RunFiles> {
  const exe = exeOf(live);
  if (exe === undefined) return { files: [] };
  const isForeign = live.readLink("ns/mnt") !== fs.readlinkSync("/proc/self/ns/mnt");
  const through = isForeign ? { through: identity } : {};
  const script = scriptPathOf(live);
  const scripts = script === undefined ? [] : await offered({ path: script, ...through }, policy);
  const found = scripts.flatMap((offer) => ("file" in offer ? [offer.file] : []));
  if (exe.isNameless)
    return { files: found, note: "its executable has no name on the disk any more; the evidence step keeps a copy" };
  if (isInstalledRuntime(exe.path))
    return {
      files: found,
      note: "its executable runs other programs as well, so it is not taken; ask for the file to take it",
    };
  const [own] = await offered({ path: exe.path, expectedId: exe.id, ...through }, policy);
  if (own === undefined) return { files: found };
  return "file" in own ? { files: [own.file, ...found] } : { files: found, note: own.note };
}

/** A packaged program or an interpreter is not what made a process bad, so it is noted and not taken. */
async function offered(
  request: FileRequest,
  policy: PolicyContext,
): Promise<readonly ({ readonly file: ResolvedFile } | { readonly note: string })[]> {
  try {
    const file = await resolveFile(request, policy);
    return [file.refusal === undefined ? { file } : { note: file.refusal }];
  } catch (error) {
    if (!OpsError.is(error)) throw error;
    return [{ note: error.message }];
  }
}

async function processTarget(live: LiveProcess, identity: ProcessIdentity): Promise<ProcessTarget> {
  const uid = /^Uid:\s*(\d+)/m.exec(live.read("status", 16_384) ?? "")?.[1];
  const sha256 = await exeDigest(live);
  return {
    kind: "process",
    ...identity,
    exe: showBytes(live.readLink("exe") ?? live.stat()?.comm ?? "", 4000),
    cmdline: showArgv(live.argv()),
    user: uid === undefined ? "unknown" : (accountName("/etc/passwd", BigInt(uid)) ?? uid),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

async function exeDigest(live: LiveProcess): Promise<string | undefined> {
  try {
    const file = await openQuietly(live.path("exe"));
    try {
      const { size } = await file.stat();
      return size > sampleLimit ? undefined : await digestOf(file, size);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

const treeLimit = 500;
const passLimit = 20;

/** Everything that belongs to a process now: what the freeze will take, unless more appears until then. */
async function treeOf(
  root: LiveProcess,
  target: ProcessTarget,
  policy: PolicyContext,
): Promise<{
  readonly targets: readonly ProcessTarget[];
  readonly files: readonly ResolvedFile[];
  readonly marks: RespawnMarks;
}> {
  const identity: ProcessIdentity = target;
  const members = new Map([[processKey(identity), { identity }]]);
  const rootTraits = memberTraits(root, policy.ownership);
  const traits = [rootTraits];
  const marks = [marksOf(target, rootTraits)];
  const held: LiveProcess[] = [];
  const targets: ProcessTarget[] = [];
  const files: ResolvedFile[] = [];
  const seenExes = new Set([identity.exeId]);
  try {
    for (let pass = 0; pass < passLimit; pass += 1) {
      const found = findRelatives(members, traits, identity.bootId, policy.ownership);
      if (found.length === 0 || targets.length > treeLimit) break;
      for (const relative of found) {
        members.set(processKey(relative.identity), relative);
        const live = LiveProcess.open(relative.identity.pid);
        if (live === undefined) continue;
        // Held until the end: traits are compared by what it runs.
        held.push(live);
        if (!live.matches(relative.identity) || judgeProcess(live, policy).kind !== "allowed") continue;
        const relativeTraits = memberTraits(live, policy.ownership);
        const relativeTarget = await processTarget(live, relative.identity);
        traits.push(relativeTraits);
        targets.push(relativeTarget);
        marks.push(marksOf(relativeTarget, relativeTraits));
        if (seenExes.has(relative.identity.exeId) && scriptPathOf(live) === undefined) continue;
        seenExes.add(relative.identity.exeId);
        files.push(...(await filesOf(live, relative.identity, policy)).files);
      }
    }
    return { targets, files, marks: joinMarks(marks) };
  } finally {
    for (const live of held) live.close();
  }
}

const noMarks: RespawnMarks = { sha256: [], cmdlines: [] };

/** A shell that sleeps leaves no mark: the same `sleep 60` runs elsewhere for good reasons. */
function marksOf({ sha256, cmdline }: ProcessTarget, { program }: MemberTraits): RespawnMarks {
  if (program === undefined) return noMarks;
  return {
    sha256: program.kind === "foreign" && sha256 !== undefined ? [sha256] : [],
    cmdlines: cmdline === "" ? [] : [cmdline],
  };
}

function joinMarks(marks: readonly RespawnMarks[]): RespawnMarks {
  return {
    sha256: [...new Set(marks.flatMap(({ sha256 }) => sha256))],
    cmdlines: [...new Set(marks.flatMap(({ cmdlines }) => cmdlines))],
  };
}
