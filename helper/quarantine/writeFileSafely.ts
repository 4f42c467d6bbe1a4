import fs from "node:fs";
import { errorCode } from "#helper/execute/errorCode";

/** Replaces a file in a private folder in one step that survives a power cut; mode 0600. */
export function writeFileSafely(path: Buffer, content: string | Buffer): void {
  const temporary = Buffer.concat([path, Buffer.from(".new")]);
  const file = fs.openSync(
    temporary,
    fs.constants.O_CREAT | fs.constants.O_TRUNC | fs.constants.O_WRONLY | fs.constants.O_NOFOLLOW,
    0o600,
  );
  try {
    fs.writeFileSync(file, content);
    fs.fsyncSync(file);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(temporary, path);
  syncFolderOf(path);
}

/** Makes names added to or taken from the folder of this path survive a power cut. */
export function syncFolderOf(path: Buffer): void {
  const folder = path.subarray(0, path.lastIndexOf(0x2f));
  const handle = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Unlinks a file of our own; nothing happens when it is gone already. */
export function removeIfPresent(path: Buffer): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
