import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labRunPath } from "./paths.ts";
import type { ProcessIdentity } from "./processIdentity.ts";

/** What a host leaves on this machine; written before each piece is made, so that a crash loses nothing. */
export interface HostRecord {
  readonly name: string;
  readonly suite: string;
  readonly address: string;
  /** SSH on 127.0.0.1; 0 until the host is up. */
  readonly port: number;
  readonly netns: string;
  readonly cgroups: readonly string[];
  readonly folder: string;
  /** PID 1 of the host as this machine sees it, then the `unshare` that waits for it. */
  readonly processes: readonly ProcessIdentity[];
  readonly initPid: number;
}

export interface LabRecord {
  readonly id: string;
  readonly owner: ProcessIdentity;
  readonly netns: string;
  /** Started by `up`, for people; `down` without a name stops these only. */
  readonly isKept?: boolean;
  /** The child that forwards into the lab's network. */
  readonly processes: readonly ProcessIdentity[];
  readonly hosts: readonly HostRecord[];
}

const fileName = "lab.json";

export function writeLabRecord(record: LabRecord): void {
  const path = join(labRunPath(), record.id, fileName);
  writeFileSync(`${path}.new`, JSON.stringify(record, undefined, 1));
  renameSync(`${path}.new`, path);
}

/** Every lab that this machine knows of, running or left over. */
export function readLabRecords(): readonly LabRecord[] {
  return listRunFolders().flatMap((id) => {
    try {
      return [JSON.parse(readFileSync(join(labRunPath(), id, fileName), "utf8")) as LabRecord];
    } catch {
      return [];
    }
  });
}

function listRunFolders(): readonly string[] {
  try {
    return readdirSync(labRunPath());
  } catch {
    return [];
  }
}
