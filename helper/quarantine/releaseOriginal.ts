import type { FileHandle } from "node:fs/promises";
import { link } from "node:fs/promises";
import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";
import { errorCode } from "#helper/execute/errorCode";
import { HeldFolder, holdEntry } from "#helper/execute/heldFile";
import type { HeldFile } from "#helper/execute/heldFile";
import { basename, dirname } from "#core/text/paths";
import { isGuarded, setFlags } from "./inodeAttributes.ts";
import type { QuarantineRecord } from "./record.ts";

/**
 * Gives an original that is still there its mode, missing names and flags back.
 * @param root where the record's paths are meant, when not in our own mount namespace
 * Returns what could not be given back, one sentence each.
 */
export async function releaseOriginal(
  record: QuarantineRecord,
  held: HeldFile,
  handle: FileHandle,
  root?: string,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const { mode, attributes } = record.original;
  try {
    const now = await handle.stat();
    if ((now.mode & 0o7777) !== mode) await handle.chmod(mode);
  } catch (error) {
    problems.push(`the mode could not be given back (${errorCode(error)})`);
  }
  problems.push(...(await linkOtherNames(record, held, root)));
  if (isGuarded(attributes.flags) && attributes.flags !== undefined) {
    try {
      await setFlags(handle, attributes.flags);
    } catch (error) {
      problems.push(`the inode flags could not be given back (${errorCode(error)})`);
    }
  }
  return problems;
}

/** Makes the recorded further names that are missing lead to the held file again; never replaces anything. */
export async function linkOtherNames(
  record: QuarantineRecord,
  held: HeldFile,
  root?: string,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const name of record.otherNames) {
    const path = Buffer.from(name, "base64").toString("latin1");
    const problem = await linkName(path, held, root);
    if (problem !== undefined) problems.push(`the name ${showBytes(path, 200)} could not be given back (${problem})`);
  }
  return problems;
}

async function linkName(path: ByteString, held: HeldFile, root: string | undefined): Promise<string | undefined> {
  try {
    const folder = await HeldFolder.open(dirname(path), root);
    try {
      await link(held.parent.entry(held.name), folder.entry(basename(path)));
      await folder.sync();
      return undefined;
    } catch (error) {
      if (errorCode(error) !== "EEXIST") return errorCode(error);
      const present = await holdEntry(folder, basename(path), path);
      await present.handle.close();
      return present.id === held.id ? undefined : "something else has it now";
    } finally {
      await folder.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : "unknown";
  }
}
