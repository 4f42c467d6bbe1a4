import { lstat, readdir } from "node:fs/promises";
import type { ByteString } from "#core/text/byteString";
import { dirname } from "#core/text/paths";
import type { HeldFile } from "./heldFile.ts";
import { wirePath } from "./bytesOfPath.ts";

const entryLimit = 200_000;
const timeLimitMs = 5000;
/** Where a second name of a malicious file is found in practice; everything else is not worth a walk over the disk. */
const usualPlaces: readonly ByteString[] = [
  "/tmp",
  "/var/tmp",
  "/dev/shm",
  "/home",
  "/root",
  "/opt",
  "/usr/local",
  "/etc",
  "/var/spool",
  "/var/lib",
  "/usr/bin",
  "/usr/sbin",
  "/usr/lib",
  "/run",
  "/srv",
  "/mnt",
];

/**
 * Looks for further names of an inode: beside it first, then where attackers put them,
 * on the same file system, within a budget of entries and seconds. Names that are not
 * plain text are not returned, so they count as not found.
 */
export async function findOtherNames(
  path: ByteString,
  held: HeldFile,
  root: string | undefined,
): Promise<readonly string[]> {
  const wanted = Number(held.status.nlink) - 1;
  const found = new Set<string>();
  const visited = new Set<ByteString>();
  const deadline = performance.now() + timeLimitMs;
  let entries = 0;
  let unsayable = 0;
  const queue: ByteString[] = [dirname(path), ...usualPlaces];
  for (let folder = queue.shift(); folder !== undefined && found.size + unsayable < wanted; folder = queue.shift()) {
    if (visited.has(folder) || entries > entryLimit || performance.now() > deadline) continue;
    visited.add(folder);
    for (const name of await namesIn(folder, root)) {
      entries += 1;
      const candidate = folder === "/" ? `/${name}` : `${folder}/${name}`;
      const status = await lstat(located(candidate, root), { bigint: true }).catch(() => undefined);
      if (status?.dev !== held.status.dev) continue;
      if (status.isDirectory()) queue.push(candidate);
      else if (status.ino === held.status.ino && candidate !== path) {
        const wire = wirePath(candidate);
        if (wire.pathBase64 === undefined) found.add(wire.path);
        else unsayable += 1;
      }
    }
  }
  return [...found].sort();
}

async function namesIn(folder: ByteString, root: string | undefined): Promise<readonly ByteString[]> {
  try {
    return await readdir(located(folder, root), { encoding: "latin1" });
  } catch {
    return [];
  }
}

function located(path: ByteString, root: string | undefined): Buffer {
  return Buffer.from(root === undefined ? path : `${root}${path}`, "latin1");
}
