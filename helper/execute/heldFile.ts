import fs from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { FileId } from "#core/facts/host";
import { OpsError } from "#core/opsError";
import type { ByteString } from "#core/text/byteString";
import { basename } from "#core/text/paths";
import { showBytes } from "#core/text/showBytes";
import { errorCode } from "./errorCode.ts";
import { oPath } from "./kernelConstants.ts";
import { openQuietly } from "./openQuietly.ts";
import { withTimeout } from "./withTimeout.ts";

const answerMs = 5000;

/**
 * A folder held open by an O_PATH descriptor. `/proc/self/fd/N/name` then means the
 * entry of exactly this folder, whatever its path leads to by now: Node has no openat
 * (RELIABILITY F22).
 */
export class HeldFolder {
  readonly handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.handle = handle;
  }

  /**
   * Walks down from a root, refusing symbolic links in every component.
   * @param path absolute and canonical
   * @param root where `/` is, for example `/proc/self/fd/7/root` for another mount namespace
   * Throws an OpsError: `preconditionChanged` for a link or a missing component.
   */
  static async open(path: ByteString, root = "/"): Promise<HeldFolder> {
    const flags = oPath | fs.constants.O_DIRECTORY;
    let handle = await answered(open(root, flags), "/");
    try {
      for (const name of path.split("/").filter((part) => part !== "")) {
        if (name === "." || name === "..")
          throw new OpsError("badInput", `The path ${showBytes(path)} is not canonical.`);
        const below = Buffer.from(`/proc/self/fd/${handle.fd}/${name}`, "latin1");
        const next = await answered(open(below, flags | fs.constants.O_NOFOLLOW), path);
        await handle.close();
        handle = next;
      }
      return new HeldFolder(handle);
    } catch (error) {
      await handle.close();
      throw walkError(error, path);
    }
  }

  /** Path of an entry of this folder, as bytes, valid in this process while the folder is held. */
  entry(name: ByteString): Buffer {
    return Buffer.from(`/proc/self/fd/${this.handle.fd}/${name}`, "latin1");
  }

  /** Makes additions and removals of names in this folder survive a power cut. */
  async sync(): Promise<void> {
    const handle = await open(`/proc/self/fd/${this.handle.fd}`, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      await handle.sync();
    } catch (error) {
      // Some network and FUSE file systems have no fsync for folders.
      if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes(errorCode(error))) throw error;
    } finally {
      await handle.close();
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

export interface HeldFile {
  readonly parent: HeldFolder;
  readonly name: ByteString;
  /** O_PATH: opens nothing, so devices and pipes are safe to hold. */
  readonly handle: FileHandle;
  readonly status: fs.BigIntStats;
  readonly id: FileId;
}

/**
 * Takes hold of what a path names right now, without opening or following it.
 * Throws an OpsError: `notFound`, `preconditionChanged`, `permissionDenied`, `timedOut`.
 */
export async function holdFile(path: ByteString, root = "/"): Promise<HeldFile> {
  const parent = await HeldFolder.open(path.slice(0, path.lastIndexOf("/")), root);
  try {
    return await holdEntry(parent, basename(path), path);
  } catch (error) {
    await parent.close();
    throw error;
  }
}

/** As {@link holdFile}, for an entry of a folder that is held already; the folder stays the caller's. */
export async function holdEntry(parent: HeldFolder, name: ByteString, shown: ByteString = name): Promise<HeldFile> {
  if (name === "" || name === "." || name === ".." || name.includes("/"))
    throw new OpsError("badInput", `${showBytes(shown)} names no file.`);
  try {
    const handle = await answered(open(parent.entry(name), oPath | fs.constants.O_NOFOLLOW), shown);
    const status = await answered(handle.stat({ bigint: true }), shown);
    return { parent, name, handle, status, id: fileIdOf(status) };
  } catch (error) {
    throw walkError(error, shown);
  }
}

/** Opens the held inode itself for reading, without touching its access time where that is allowed. */
export async function openHeld(file: HeldFile): Promise<FileHandle> {
  const path = `/proc/self/fd/${file.handle.fd}`;
  try {
    return await answered(openQuietly(path), file.name);
  } catch (error) {
    throw walkError(error, file.name);
  }
}

export async function releaseFile(file: HeldFile): Promise<void> {
  await file.handle.close();
  await file.parent.close();
}

export function fileIdOf(status: { readonly dev: bigint; readonly ino: bigint }): FileId {
  return `${status.dev}:${status.ino}`;
}

/** What kind of thing a status describes, in words. */
export function kindOf(status: fs.BigIntStats): string {
  if (status.isFile()) return "regular file";
  if (status.isDirectory()) return "folder";
  if (status.isSymbolicLink()) return "symbolic link";
  if (status.isFIFO()) return "named pipe";
  if (status.isSocket()) return "socket";
  return status.isBlockDevice() || status.isCharacterDevice() ? "device" : "special file";
}

/** A dead network or FUSE server answers nothing, ever; others must not wait for it. */
export function answered<T>(work: Promise<T>, path: ByteString): Promise<T> {
  return withTimeout(work, answerMs, `The file system of ${showBytes(path, 200)}`);
}

function walkError(error: unknown, path: ByteString): OpsError {
  if (OpsError.is(error)) return error;
  const shown = showBytes(path, 200);
  const code = errorCode(error);
  switch (code) {
    case "ENOENT":
    case "ESRCH":
      return new OpsError("notFound", `${shown} does not exist.`, { cause: error });
    case "ELOOP":
    case "ENOTDIR":
      return new OpsError("preconditionChanged", `A component of ${shown} is a symbolic link or no folder.`, {
        cause: error,
      });
    case "EACCES":
    case "EPERM":
      return new OpsError("permissionDenied", `${shown} may not be read by this account (${code}).`, { cause: error });
    default:
      return new OpsError("bug", `${shown} could not be opened (${code}).`, { cause: error });
  }
}
