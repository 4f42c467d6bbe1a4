import fs from "node:fs";
import { link, open, statfs, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { OpsError } from "#core/opsError";
import type { RestoreStep } from "#core/plans/plan";
import type { ByteString } from "#core/text/byteString";
import { basename, dirname } from "#core/text/paths";
import { showBytes } from "#core/text/showBytes";
import { bytesOfPath } from "#helper/execute/bytesOfPath";
import { changeError } from "#helper/execute/changeError";
import { errorCode } from "#helper/execute/errorCode";
import { fileIdOf, HeldFolder, holdEntry } from "#helper/execute/heldFile";
import type { HeldFile } from "#helper/execute/heldFile";
import { pseudoFileSystems } from "#helper/execute/kernelConstants";
import { readContainer } from "./container.ts";
import { withWritableFolder } from "./guardedFolder.ts";
import { areSameFlags, readAttributes, setFlags, writeAttributes } from "./inodeAttributes.ts";
import type { QuarantineContext } from "./quarantineContext.ts";
import type { QuarantineRecord } from "./record.ts";
import { linkOtherNames } from "./releaseOriginal.ts";

export interface RestoreOutcome {
  readonly record: QuarantineRecord;
  /** What is not as it was, one sentence each. */
  readonly differences: readonly string[];
}

/**
 * Puts an isolated file back: builds it under a temporary name in the target folder,
 * gives it everything that was recorded, and links it to its name, which fails when
 * something is there. Nothing is started.
 * Throws an OpsError, and the file stays isolated: `alreadyExists`, `notFound` (folder),
 * `preconditionChanged` (links in the path), `refused` (folder others can write), `stateDamaged`.
 */
export async function restoreFile(
  step: RestoreStep,
  context: QuarantineContext,
  onIntent: (record: QuarantineRecord) => void,
): Promise<RestoreOutcome> {
  const record = context.records.load(step.target.id);
  if (record.state !== "isolated")
    throw new OpsError("preconditionChanged", `The file is not isolated any more: it is ${record.state}.`);
  if (record.digests?.sha256 !== step.target.sha256)
    throw new OpsError("preconditionChanged", "The record holds another content than planned.");
  const path = step.to === undefined ? Buffer.from(record.path, "base64").toString("latin1") : bytesOfPath(step.to);
  if (step.to === undefined && record.through !== undefined)
    throw new OpsError("refused", "The file came from a container; name the folder on the host to restore it to.");
  const folder = await HeldFolder.open(dirname(path));
  try {
    const parentFlags = await requireSafeFolder(folder, path, step.override === "writableParent");
    const name = basename(path);
    if (fs.lstatSync(folder.entry(name), { throwIfNoEntry: false }) !== undefined)
      throw new OpsError("alreadyExists", `${showBytes(path, 200)} exists; nothing is overwritten.`, {
        nextStep: "Move it away, or restore to another path.",
      });
    return await withWritableFolder(folder, parentFlags, () =>
      build({ record, path, name, folder }, context, onIntent),
    );
  } finally {
    await folder.close();
  }
}

async function requireSafeFolder(
  folder: HeldFolder,
  path: ByteString,
  isConfirmed: boolean,
): Promise<number | undefined> {
  const handle = await open(`/proc/self/fd/${folder.handle.fd}`, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    const status = await handle.stat();
    const space = await statfs(`/proc/self/fd/${folder.handle.fd}`);
    const shown = showBytes(dirname(path), 200);
    if (pseudoFileSystems.has(space.type)) throw new OpsError("refused", `${shown} is made up by the kernel.`);
    const isShared = (status.mode & 0o022) !== 0 && (status.mode & 0o1000) === 0;
    if (isShared && !isConfirmed)
      throw new OpsError("refused", `Other users can write to ${shown} and could swap the file while it is put back.`, {
        nextStep: "Restore to another path, or confirm this folder.",
      });
    return (await readAttributes(handle)).attributes.flags;
  } finally {
    await handle.close();
  }
}

interface Building {
  readonly record: QuarantineRecord;
  readonly path: ByteString;
  readonly name: ByteString;
  readonly folder: HeldFolder;
}

async function build(
  target: Building,
  context: QuarantineContext,
  onIntent: (record: QuarantineRecord) => void,
): Promise<RestoreOutcome> {
  const { execution, records } = context;
  const { folder, path } = target;
  const temporaryName = `.countermine-${target.record.id}`;
  const restoring = { path: Buffer.from(path, "latin1").toString("base64"), temporaryName };
  let record = records.advance(target.record, "restoring", "", { restoring });
  onIntent(record);
  execution.failPoint?.("restore.intent");
  const temporary = folder.entry(temporaryName);
  try {
    const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW } = fs.constants;
    const handle = await open(temporary, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0);
    try {
      const differences = await fill(handle, record, context);
      const fileId = fileIdOf(await handle.stat({ bigint: true }));
      record = records.advance(record, "restoring", "content and metadata are in place", {
        restoring: { ...restoring, fileId },
      });
      execution.failPoint?.("restore.metadata");
      await giveName(target, temporary, fileId);
      execution.failPoint?.("restore.linked");
      await unlink(temporary);
      execution.failPoint?.("restore.tempGone");
      const done = await finishRestore(record, context, folder, target.name, handle);
      return { record: done.record, differences: [...differences, ...done.differences] };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (record.state === "restoring" && records.load(record.id).state === "restoring") {
      await unlink(temporary).catch(() => undefined);
      records.advance(
        target.record,
        "isolated",
        `restoring failed: ${error instanceof Error ? error.message : "unknown"}`,
      );
    }
    throw changeError(error, `Restoring ${showBytes(path, 200)}`);
  }
}

async function fill(
  handle: FileHandle,
  record: QuarantineRecord,
  context: QuarantineContext,
): Promise<readonly string[]> {
  const { original } = record;
  const written = await readContainer(context.records.contentPath(record.id), handle);
  if (written.sha256 !== record.digests?.sha256 || String(written.size) !== original.size)
    throw new OpsError("stateDamaged", "The stored content is not the recorded one; it was not restored.");
  context.execution.failPoint?.("restore.copied");
  // Changing the owner clears set-id bits and capabilities, so it comes first (RELIABILITY F24).
  await handle.chown(original.uid, original.gid);
  await handle.chmod(original.mode);
  const differences = await writeAttributes(handle, original.attributes, original);
  await handle.sync();
  return differences;
}

/** Gives the finished file its name. link(2) fails where something exists; rename(2) would replace it (F23). */
async function giveName(target: Building, temporary: Buffer, fileId: string): Promise<void> {
  const final = target.folder.entry(target.name);
  await link(temporary, final);
  const now = await fs.promises.lstat(final, { bigint: true });
  if (fileIdOf(now) === fileId) return;
  // Somebody who can write to the folder swapped our temporary name: take our link away again.
  await unlink(final);
  throw new OpsError("preconditionChanged", "Somebody swapped the file while it was put back; nothing was left there.");
}

/**
 * The last part of restoring, also after a crash: flags, further names, a check of
 * everything, and only then the stored copy goes away.
 */
export async function finishRestore(
  record: QuarantineRecord,
  context: QuarantineContext,
  folder: HeldFolder,
  name: ByteString,
  handle: FileHandle,
): Promise<RestoreOutcome> {
  const { records, execution } = context;
  const { original } = record;
  const differences: string[] = [];
  const held: HeldFile = await holdEntry(folder, name);
  try {
    const isOriginalPlace = record.restoring?.path === record.path;
    if (isOriginalPlace) differences.push(...(await linkOtherNames(record, held)));
    else if (record.otherNames.length > 0) differences.push("further names are only given back at the original path");
  } finally {
    await held.handle.close();
  }
  if (original.attributes.flags !== undefined) {
    try {
      await setFlags(handle, original.attributes.flags);
    } catch (error) {
      differences.push(`the inode flags could not be set (${OpsError.is(error) ? error.message : errorCode(error)})`);
    }
  }
  differences.push(...(await compare(record, handle)));
  await folder.sync();
  const detail = differences.length === 0 ? "identical to the recorded file" : differences.join("; ");
  const done = records.advance(record, "restored", detail);
  execution.failPoint?.("restore.verified");
  records.removeContent(record.id);
  return { record: done, differences };
}

async function compare(record: QuarantineRecord, handle: FileHandle): Promise<readonly string[]> {
  const { original } = record;
  const now = await handle.stat({ bigint: true });
  const { attributes } = await readAttributes(handle);
  const differences: string[] = [];
  const expect = (what: string, actual: string | number, wanted: string | number): void => {
    if (String(actual) !== String(wanted)) differences.push(`${what} is ${actual} instead of ${wanted}`);
  };
  expect("the size", String(now.size), original.size);
  expect("the mode", (Number(now.mode) & 0o7777).toString(8), original.mode.toString(8));
  expect("the owner", Number(now.uid), original.uid);
  expect("the group", Number(now.gid), original.gid);
  expect("the modification time", String(now.mtimeNs), original.mtimeNs);
  expect("the access time", String(now.atimeNs), original.atimeNs);
  if (original.attributes.xattrs !== undefined)
    expect(
      "the set of extended attributes",
      JSON.stringify(attributes.xattrs),
      JSON.stringify(original.attributes.xattrs),
    );
  if (original.attributes.flags !== undefined && !areSameFlags(attributes.flags, original.attributes.flags))
    differences.push("the inode flags differ");
  return differences;
}
