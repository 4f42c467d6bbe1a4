import fs from "node:fs";
import type { ProcessKey } from "#core/facts/process";
import { processKey } from "#core/facts/process";
import { LiveProcess } from "#helper/execute/liveProcess";

/** Everything that keeps this helper and its connection alive. */
export interface OwnSession {
  /** The helper itself and every ancestor, with the words for it. */
  readonly lineage: ReadonlyMap<ProcessKey, string>;
  /** Inodes of the TCP connections that the lineage holds, and of the listeners on the same local ports. */
  readonly socketInodes: ReadonlySet<string>;
  /** Inodes of all listening TCP sockets. */
  readonly listeningInodes: ReadonlySet<string>;
}

/**
 * Reads the ancestry and the sockets of this process. Ancestors are found by parent
 * pid, the ssh daemons of our connection by socket inode, and none of them by name.
 */
export function readOwnSession(pid: number = process.pid): OwnSession {
  const lineage = new Map<ProcessKey, string>();
  const held = new Set<string>();
  let next = pid;
  for (let depth = 0; next > 0 && depth < 256; depth += 1) {
    const live = LiveProcess.open(next);
    if (live === undefined) break;
    try {
      const stat = live.stat();
      if (stat === undefined) break;
      const words = next === pid ? "the helper itself" : "an ancestor of the helper: this session hangs on it";
      lineage.set(processKey(stat), words);
      for (const inode of socketInodesOf(live)) held.add(inode);
      next = stat.ppid;
    } finally {
      live.close();
    }
  }
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap(readTcpRows);
  const own = rows.filter((row) => row.state === established && held.has(row.inode));
  const ports = new Set(own.map((row) => row.localPort));
  const listeners = rows.filter((row) => row.state === listening);
  return {
    lineage,
    socketInodes: new Set([
      ...own.map((row) => row.inode),
      ...listeners.filter((row) => ports.has(row.localPort)).map((row) => row.inode),
    ]),
    listeningInodes: new Set(listeners.map((row) => row.inode)),
  };
}

/** Inode numbers of the sockets that a process holds; empty where its descriptors can't be read. */
export function socketInodesOf(live: LiveProcess): readonly string[] {
  let names: readonly string[];
  try {
    names = fs.readdirSync(live.path("fd"));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const inode = /^socket:\[(\d+)\]$/.exec(live.readLink(`fd/${name}`) ?? "")?.[1];
    return inode === undefined ? [] : [inode];
  });
}

interface TcpRow {
  readonly localPort: string;
  readonly state: string;
  readonly inode: string;
}

const established = "01";
const listening = "0A";

function readTcpRows(path: string): readonly TcpRow[] {
  let text: string;
  try {
    text = fs.readFileSync(path, "latin1");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [, local, , state, , , , , , inode] = fields;
      if (local === undefined || state === undefined || inode === undefined || inode === "0") return [];
      return [{ localPort: local.slice(local.lastIndexOf(":") + 1), state, inode }];
    });
}
