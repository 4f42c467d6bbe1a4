import { unlink } from "node:fs/promises";
import { OpsError } from "#core/opsError";
import { basename, dirname } from "#core/text/paths";
import { showBytes } from "#core/text/showBytes";
import { resolveThrough } from "#helper/execute/foreignRoot";
import { errorCode } from "#helper/execute/errorCode";
import { fileIdOf, HeldFolder, holdEntry, holdFile, openHeld, releaseFile } from "#helper/execute/heldFile";
import { readContainer } from "./container.ts";
import { withWritableFolder } from "./guardedFolder.ts";
import type { QuarantineContext } from "./quarantineContext.ts";
import type { QuarantineRecord } from "./record.ts";
import { releaseOriginal } from "./releaseOriginal.ts";
import { finishRestore } from "./restoreFile.ts";

export interface SettledFile {
  readonly record: QuarantineRecord;
  readonly detail: string;
}

/** Records that a crash left between two states. */
export function unsettledRecords(context: QuarantineContext): readonly QuarantineRecord[] {
  return context.records
    .list()
    .records.filter(
      (record) => ["intent", "stored", "restoring"].includes(record.state) || hasLeftover(record, context),
    );
}

/** Content that a finished restore or deletion did not get to remove. */
function hasLeftover(record: QuarantineRecord, context: QuarantineContext): boolean {
  if (!["restored", "deleted", "rolledBack"].includes(record.state)) return false;
  return context.records.hasContent(record.id);
}

/** What {@link settleFile} would do, in words. */
export function describeSettling(record: QuarantineRecord): string {
  switch (record.state) {
    case "intent":
      return "isolating was cut off before the copy was proven: the original gets its mode and flags back";
    case "stored":
      return "isolating was cut off after the copy was proven: the original gets its mode back if its name is still there, else the file counts as isolated";
    case "restoring":
      return "restoring was cut off: it is completed if the file has its name already, else the file stays isolated";
    case "isolated":
      return "nothing is left to do";
    case "restored":
    case "deleted":
    case "rolledBack":
      return "the stored content that is not needed any more is removed";
  }
}

/**
 * Settles a record after a crash, so that exactly one remains: the original as it was,
 * or a verified copy in quarantine. Nothing new is taken away from the host.
 * Throws an OpsError when the host does not let us; the record then stays as it is.
 */
export async function settleFile(record: QuarantineRecord, context: QuarantineContext): Promise<SettledFile> {
  switch (record.state) {
    case "intent":
    case "stored":
      return settleIsolating(record, context);
    case "restoring":
      return settleRestoring(record, context);
    case "isolated":
      return { record, detail: describeSettling(record) };
    case "restored":
    case "deleted":
    case "rolledBack":
      context.records.removeContent(record.id);
      return { record, detail: describeSettling(record) };
  }
}

async function settleIsolating(record: QuarantineRecord, context: QuarantineContext): Promise<SettledFile> {
  const { records } = context;
  const problems = await releaseIfPresent(record, context);
  if (problems !== undefined) {
    records.removeContent(record.id);
    const detail = ["the original is as it was", ...problems].join("; ");
    return { record: records.advance(record, "rolledBack", detail), detail };
  }
  if (record.state === "stored" && (await isContentProven(record, context))) {
    await guardFolderAgain(record);
    const detail = "the original is gone and the stored copy is whole";
    return { record: records.advance(record, "isolated", detail), detail };
  }
  throw new OpsError(
    "stateDamaged",
    `${shownPath(record)} is gone and no proven copy was stored: somebody else moved it.`,
  );
}

/** Gives the original its mode back where its name still leads to it; undefined when it does not. */
async function releaseIfPresent(
  record: QuarantineRecord,
  context: QuarantineContext,
): Promise<readonly string[] | undefined> {
  const { through } = record;
  const bootId = context.execution.host.bootId;
  const foreign =
    through === undefined ? undefined : resolveThrough({ bootId, pid: through.pid, startTime: through.startTime });
  try {
    const held = await holdFile(pathOf(record), foreign?.root);
    try {
      if (held.id !== `${record.original.dev}:${record.original.ino}`) return undefined;
      const handle = await openHeld(held);
      try {
        const problems = await releaseOriginal(record, held, handle, foreign?.root);
        // The folder's own guard may have been off when the crash came.
        await withWritableFolder(held.parent, record.parentFlags, () => Promise.resolve());
        return problems;
      } finally {
        await handle.close();
      }
    } finally {
      await releaseFile(held);
    }
  } catch (error) {
    if (OpsError.is(error, "notFound")) return undefined;
    throw error;
  } finally {
    foreign?.close();
  }
}

/** The crash may have come after the name was taken out of an immutable folder and before its flag was back. */
async function guardFolderAgain(record: QuarantineRecord): Promise<void> {
  if (record.through !== undefined || record.parentFlags === undefined) return;
  const folder = await HeldFolder.open(dirname(pathOf(record))).catch(() => undefined);
  if (folder === undefined) return;
  try {
    await withWritableFolder(folder, record.parentFlags, () => Promise.resolve());
  } finally {
    await folder.close();
  }
}

async function isContentProven(record: QuarantineRecord, context: QuarantineContext): Promise<boolean> {
  try {
    const stored = await readContainer(context.records.contentPath(record.id));
    return stored.sha256 === record.digests?.sha256;
  } catch {
    return false;
  }
}

async function settleRestoring(record: QuarantineRecord, context: QuarantineContext): Promise<SettledFile> {
  const { records } = context;
  const { restoring } = record;
  if (restoring === undefined)
    throw new OpsError("stateDamaged", `The record of ${shownPath(record)} lacks its target.`);
  const path = Buffer.from(restoring.path, "base64").toString("latin1");
  const folder = await HeldFolder.open(dirname(path));
  try {
    return await withWritableFolder(folder, record.parentFlags, async () => {
      await unlink(folder.entry(restoring.temporaryName)).catch((error: unknown) => {
        if (errorCode(error) !== "ENOENT") throw error;
      });
      if (restoring.fileId !== undefined && (await entryId(folder, basename(path))) === restoring.fileId) {
        const held = await holdEntry(folder, basename(path), path);
        const handle = await openHeld(held);
        try {
          const done = await finishRestore(record, context, folder, basename(path), handle);
          return { record: done.record, detail: ["restoring is complete", ...done.differences].join("; ") };
        } finally {
          await handle.close();
          await held.handle.close();
        }
      }
      const detail = "the file stays isolated";
      return { record: records.advance(record, "isolated", detail), detail };
    });
  } finally {
    await folder.close();
  }
}

async function entryId(folder: HeldFolder, name: string): Promise<string | undefined> {
  try {
    const held = await holdEntry(folder, name);
    await held.handle.close();
    return fileIdOf(held.status);
  } catch (error) {
    if (OpsError.is(error, "notFound")) return undefined;
    throw error;
  }
}

function pathOf(record: QuarantineRecord): string {
  return Buffer.from(record.path, "base64").toString("latin1");
}

function shownPath(record: QuarantineRecord): string {
  return showBytes(pathOf(record), 200);
}
