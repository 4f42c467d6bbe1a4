import fs from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { errorCode } from "./errorCode.ts";

/** Opens for reading without blocking on a pipe, and without touching the access time where that is allowed. */
export async function openQuietly(path: string | Buffer): Promise<FileHandle> {
  const flags = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
  try {
    return await open(path, flags | fs.constants.O_NOATIME);
  } catch (error) {
    if (errorCode(error) !== "EPERM") throw error;
    return open(path, flags);
  }
}
