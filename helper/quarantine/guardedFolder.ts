import fs from "node:fs";
import { open } from "node:fs/promises";
import type { HeldFolder } from "#helper/execute/heldFile";
import { clearGuards, isGuarded, setFlags } from "./inodeAttributes.ts";

/**
 * Changes names in a folder that may be immutable or append-only (RELIABILITY F25):
 * takes the flag off for the change and puts it back, also when the change fails.
 */
export async function withWritableFolder<T>(
  folder: HeldFolder,
  parentFlags: number | undefined,
  change: () => Promise<T>,
): Promise<T> {
  if (!isGuarded(parentFlags) || parentFlags === undefined) return change();
  const handle = await open(`/proc/self/fd/${folder.handle.fd}`, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await clearGuards(handle);
    try {
      return await change();
    } finally {
      await setFlags(handle, parentFlags);
    }
  } finally {
    await handle.close();
  }
}
