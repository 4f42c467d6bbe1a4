import fs from "node:fs";
import type { ResolvedFile, ResolvedProcess } from "#core/actions/responseInput";
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
import { isDead } from "./freeze.ts";
import { fileIdOf } from "./heldFile.ts";
import { LiveProcess, listPids } from "./liveProcess.ts";
import { openQuietly } from "./openQuietly.ts";
import type { ProcessStat } from "./processStat.ts";
import { resolveFile } from "./resolveFile.ts";
import { showArgv } from "./showArgv.ts";

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
  /** The file that it runs, when that has a name and is not a packaged program. */
  readonly file?: ResolvedFile;
  /** Why its file is not offered, when it is not. */
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
    const exe = exeOf(live);
    const target = await processTarget(live, identity);
    const process: ResolvedProcess = {
      target,
      tree: await descendantsOf(stat, bootId),
      isNameless: exe?.isNameless ?? false,
      ...permission(verdict, request.override),
    };
    if (process.refusal !== undefined || exe === undefined) return { process };
    return { process, ...(await fileOf(live, identity, exe, policy)) };
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

async function fileOf(
  live: LiveProcess,
  identity: ProcessIdentity,
  exe: ExeName,
  policy: PolicyContext,
): Promise<Pick<ProcessResolution, "file" | "fileNote">> {
  if (exe.isNameless)
    return { fileNote: "its executable has no name on the disk any more; the evidence step keeps a copy" };
  const isForeign = live.readLink("ns/mnt") !== fs.readlinkSync("/proc/self/ns/mnt");
  try {
    const file = await resolveFile(
      { path: exe.path, expectedId: exe.id, ...(isForeign ? { through: identity } : {}) },
      policy,
    );
    // An interpreter or another packaged program is not what made this process bad.
    if (file.refusal !== undefined) return { fileNote: file.refusal };
    return { file };
  } catch (error) {
    if (!OpsError.is(error)) throw error;
    return { fileNote: error.message };
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

/** Everything below a process, nearest first. */
async function descendantsOf(root: ProcessStat, bootId: string): Promise<readonly ProcessTarget[]> {
  const children = new Map<number, number[]>();
  for (const pid of listPids()) {
    const live = LiveProcess.open(pid);
    const stat = live?.stat();
    live?.close();
    if (stat === undefined || isDead(stat)) continue;
    children.set(stat.ppid, [...(children.get(stat.ppid) ?? []), pid]);
  }
  const found: ProcessTarget[] = [];
  const queue = [...(children.get(root.pid) ?? [])];
  for (let pid = queue.shift(); pid !== undefined && found.length < treeLimit; pid = queue.shift()) {
    const live = LiveProcess.open(pid);
    if (live === undefined) continue;
    try {
      const identity = live.identity(bootId);
      if (identity === undefined) continue;
      found.push(await processTarget(live, identity));
      queue.push(...(children.get(pid) ?? []));
    } finally {
      live.close();
    }
  }
  return found;
}
