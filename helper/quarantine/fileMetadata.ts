import fs from "node:fs";
import type { BigIntStats } from "node:fs";
import type { FileMetadata, InodeAttributes } from "./record.ts";

/** The recordable form of what stat and the attribute reader said. */
export function fileMetadata(status: BigIntStats, attributes: InodeAttributes): FileMetadata {
  const userName = accountName("/etc/passwd", status.uid);
  const groupName = accountName("/etc/group", status.gid);
  return {
    dev: String(status.dev),
    ino: String(status.ino),
    size: String(status.size),
    blocks: String(status.blocks),
    mode: Number(status.mode) & 0o7777,
    uid: Number(status.uid),
    gid: Number(status.gid),
    ...(userName === undefined ? {} : { userName }),
    ...(groupName === undefined ? {} : { groupName }),
    nlink: Number(status.nlink),
    atimeNs: String(status.atimeNs),
    mtimeNs: String(status.mtimeNs),
    ctimeNs: String(status.ctimeNs),
    birthtimeNs: String(status.birthtimeNs),
    attributes,
  };
}

/** Name of a numeric id in a local account file; a host whose names come from a directory service has none there. */
export function accountName(path: string, id: bigint): string | undefined {
  try {
    const fields = fs
      .readFileSync(path, "latin1")
      .split("\n")
      .map((line) => line.split(":"));
    return fields.find((field) => field[2] === String(id))?.[0];
  } catch {
    return undefined;
  }
}
