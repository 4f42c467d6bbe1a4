import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { open, statfs } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { OpsError } from "#core/opsError";
import type { QuarantineStep } from "#core/plans/plan";
import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";
import { bytesOfPath } from "#helper/execute/bytesOfPath";
import { changeError } from "#helper/execute/changeError";
import { holdFile, kindOf, openHeld, releaseFile } from "#helper/execute/heldFile";
import type { HeldFile } from "#helper/execute/heldFile";
import { resolveThrough } from "#helper/execute/foreignRoot";
import { judgeFile } from "#helper/policy/neverTouch";
import { refusalOf } from "#helper/policy/verdict";
import { readContainer, writeContainer } from "./container.ts";
import { fileMetadata } from "./fileMetadata.ts";
import { withWritableFolder } from "./guardedFolder.ts";
import { clearGuards, isGuarded, readAttributes } from "./inodeAttributes.ts";
import { mountOf } from "./mounts.ts";
import type { QuarantineContext } from "./quarantineContext.ts";
import type { QuarantineRecord } from "./record.ts";
import { releaseOriginal } from "./releaseOriginal.ts";
import { syncFolderOf } from "./writeFileSafely.ts";

export interface IsolateRequest {
  readonly step: QuarantineStep;
  readonly plan: string;
  readonly alarm?: string;
  /** Called when the record is on disk and before the first change, so that the journal can name it. */
  readonly onIntent: (record: QuarantineRecord) => void;
}

/** Larger files are left to a person. */
export const isolateSizeLimit = 2 * 2 ** 30;

/**
 * Takes a file away: records everything about it, takes its mode so that nobody can run
 * it meanwhile, stores a neutralised copy, proves the copy, and only then removes the
 * names. At each moment either the original is there or a verified copy is.
 * Throws an OpsError; the original is then as it was: `preconditionChanged` (not the planned
 * file), `refused`, `noSpace`, `readOnly`, `permissionDenied`, `notFound`, `timedOut`.
 */
export async function isolateFile(request: IsolateRequest, context: QuarantineContext): Promise<QuarantineRecord> {
  const { target } = request.step;
  const path = bytesOfPath(target);
  const foreign = target.through === undefined ? undefined : resolveThrough(target.through);
  try {
    const held = await holdFile(path, foreign?.root);
    try {
      await requirePlanned(held, request.step, path, foreign !== undefined, context);
      const handle = await openHeld(held);
      try {
        return await isolateHeld(request, context, { path, held, handle, foreignRoot: foreign });
      } finally {
        await handle.close();
      }
    } finally {
      await releaseFile(held);
    }
  } finally {
    foreign?.close();
  }
}

interface OpenOriginal {
  readonly path: ByteString;
  readonly held: HeldFile;
  readonly handle: FileHandle;
  readonly foreignRoot: { readonly root: string; readonly mountNamespace: string } | undefined;
}

async function requirePlanned(
  held: HeldFile,
  step: QuarantineStep,
  path: ByteString,
  isForeignNamespace: boolean,
  context: QuarantineContext,
): Promise<void> {
  const { target } = step;
  const shown = showBytes(path, 200);
  if (!held.status.isFile())
    throw new OpsError("refused", `${shown} is a ${kindOf(held.status)}; only regular files are isolated.`);
  const isPlanned =
    held.id === target.id && held.status.size === BigInt(target.size) && String(held.status.mtimeNs) === target.mtimeNs;
  if (!isPlanned) throw new OpsError("preconditionChanged", `${shown} is not the file that was planned any more.`);
  if (held.status.size > BigInt(isolateSizeLimit))
    throw new OpsError("refused", `${shown} is larger than ${isolateSizeLimit / 2 ** 30} GiB; move it by hand.`);
  const { type } = await statfs(`/proc/self/fd/${held.handle.fd}`);
  const verdict = judgeFile({ path, id: held.id, fileSystem: type, isForeignNamespace }, context.policy);
  const refusal = refusalOf(verdict, step.override);
  if (refusal !== undefined) throw new OpsError("refused", `${shown} is not taken away: ${refusal}`);
  await requireSpace(held, context.stateFolder);
}

/** Room for the copy and a tenth more, and never the last 5 % (at most 64 MiB) of the file system. */
async function requireSpace(held: HeldFile, stateFolder: Buffer): Promise<void> {
  const space = await statfs(stateFolder);
  const free = space.bavail * space.bsize;
  const stored = Math.min(Number(held.status.blocks) * 512, Number(held.status.size)) + 16_384;
  const reserve = Math.min(space.blocks * space.bsize * 0.05, 64 * 2 ** 20);
  if (free < stored * 1.1 + reserve)
    throw new OpsError(
      "noSpace",
      `There is no room to keep the file: ${Math.ceil(stored / 1024)} KiB are needed, ${Math.floor(free / 1024)} KiB are free.`,
      {
        nextStep: "Free some space on the file system of the state folder and try again.",
      },
    );
}

async function isolateHeld(
  request: IsolateRequest,
  context: QuarantineContext,
  original: OpenOriginal,
): Promise<QuarantineRecord> {
  const { execution, records } = context;
  const { held, handle } = original;
  const before = await readAttributes(handle);
  const record: QuarantineRecord = {
    schema: "countermine/quarantine@1",
    id: randomUUID(),
    state: "intent",
    plan: request.plan,
    step: request.step.id,
    operator: execution.operator,
    host: execution.host,
    source: request.alarm === undefined ? "manual" : "alarm",
    ...(request.alarm === undefined ? {} : { alarm: request.alarm }),
    isolatedAt: Date.now(),
    path: toBase64(original.path),
    ...throughOf(request.step, original),
    fileSystem: mountOf(held.status.dev),
    original: fileMetadata(held.status, before.attributes),
    ...(await parentFlagsOf(held)),
    otherNames: request.step.target.otherNames.map((name) => Buffer.from(name, "utf8").toString("base64")),
    missingNames: Math.max(0, Number(held.status.nlink) - 1 - request.step.target.otherNames.length),
    plannedSha256: request.step.target.sha256,
    gaps: [...before.gaps, "the change time and the birth time belong to the kernel and are recorded only"],
    history: [{ at: Date.now(), state: "intent", detail: "" }],
  };
  records.save(record);
  syncFolderOf(records.contentPath(record.id));
  request.onIntent(record);
  execution.failPoint?.("isolate.intent");
  let current = record;
  try {
    current = await storeCopy(record, context, original);
    return await removeNames(current, context, original);
  } catch (error) {
    await rollBack(current, context, original, error);
    throw changeError(error, `Isolating ${showBytes(original.path, 200)}`);
  }
}

async function storeCopy(
  record: QuarantineRecord,
  context: QuarantineContext,
  original: OpenOriginal,
): Promise<QuarantineRecord> {
  const { held, handle } = original;
  const { execution, records } = context;
  if (isGuarded(record.original.attributes.flags)) await clearGuards(handle);
  // Without its mode nobody can start the file while it is copied, under any of its names.
  await handle.chmod(0);
  execution.failPoint?.("isolate.neutralised");
  const content = records.contentPath(record.id);
  const isSparse = held.status.blocks * 512n < held.status.size;
  const digests = await writeContainer(content, handle, Number(held.status.size), isSparse);
  execution.failPoint?.("isolate.copied");
  if (digests.sha256 !== record.plannedSha256)
    throw new OpsError("preconditionChanged", "The content is not the one that was planned.");
  const stored = await readContainer(content);
  if (stored.sha256 !== digests.sha256 || BigInt(stored.size) !== held.status.size)
    throw new OpsError("stateDamaged", "The stored copy could not be read back as it was written.");
  syncFolderOf(content);
  const next = records.advance(record, "stored", "copy verified", { digests });
  execution.failPoint?.("isolate.stored");
  return next;
}

async function removeNames(
  record: QuarantineRecord,
  context: QuarantineContext,
  original: OpenOriginal,
): Promise<QuarantineRecord> {
  const { execution, records } = context;
  const { held, handle } = original;
  const now = await handle.stat({ bigint: true });
  if (now.size !== held.status.size || now.mtimeNs !== held.status.mtimeNs)
    throw new OpsError("preconditionChanged", "The file was written to while it was being copied.");
  for (const other of record.otherNames) {
    await unlinkIfSame(Buffer.from(other, "base64").toString("latin1"), original);
    execution.failPoint?.("isolate.firstNameGone");
  }
  await withWritableFolder(held.parent, record.parentFlags, async () => {
    await requireSameEntry(held);
    await unlinkHeld(held);
  });
  await held.parent.sync();
  execution.failPoint?.("isolate.unlinked");
  const left = Number((await handle.stat({ bigint: true })).nlink);
  const done = records.advance(record, "isolated", left === 0 ? "" : `${left} further name(s) stay, with mode 0000`, {
    missingNames: left,
  });
  execution.failPoint?.("isolate.done");
  return done;
}

/** Removes another name of the same inode; a name that leads elsewhere by now is left alone. */
async function unlinkIfSame(path: ByteString, original: OpenOriginal): Promise<void> {
  const other = await holdFile(path, original.foreignRoot?.root);
  try {
    if (other.id !== original.held.id)
      throw new OpsError("preconditionChanged", `${showBytes(path, 200)} is not a name of the planned file any more.`);
    const { parentFlags } = await parentFlagsOf(other);
    await withWritableFolder(other.parent, parentFlags, () => unlinkHeld(other));
    await other.parent.sync();
  } finally {
    await releaseFile(other);
  }
}

async function requireSameEntry(held: HeldFile): Promise<void> {
  const now = await fs.promises.lstat(held.parent.entry(held.name), { bigint: true });
  if (now.dev !== held.status.dev || now.ino !== held.status.ino)
    throw new OpsError("preconditionChanged", "The name leads to another file by now.");
}

async function unlinkHeld(held: HeldFile): Promise<void> {
  await fs.promises.unlink(held.parent.entry(held.name));
}

async function rollBack(
  record: QuarantineRecord,
  context: QuarantineContext,
  original: OpenOriginal,
  cause: unknown,
): Promise<void> {
  const reason = cause instanceof Error ? cause.message : "unknown";
  const problems = await releaseOriginal(record, original.held, original.handle, original.foreignRoot?.root);
  context.records.removeContent(record.id);
  context.records.advance(record, "rolledBack", [reason, ...problems].join("; "));
}

async function parentFlagsOf(held: HeldFile): Promise<{ readonly parentFlags?: number }> {
  const folder = await open(`/proc/self/fd/${held.parent.handle.fd}`, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    const { flags } = (await readAttributes(folder)).attributes;
    return flags === undefined ? {} : { parentFlags: flags };
  } finally {
    await folder.close();
  }
}

function throughOf(step: QuarantineStep, original: OpenOriginal): Pick<QuarantineRecord, "through"> {
  const { through } = step.target;
  if (through === undefined || original.foreignRoot === undefined) return {};
  const { mountNamespace } = original.foreignRoot;
  return { through: { pid: through.pid, startTime: through.startTime, mountNamespace } };
}

function toBase64(path: ByteString): string {
  return Buffer.from(path, "latin1").toString("base64");
}
