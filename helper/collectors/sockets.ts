import { isFailure, type Host } from "#core/facts/host";
import { seen, unseen, type Observed } from "#core/facts/observed";
import type { ProcessFact } from "#core/facts/process";
import type { SocketFact } from "#core/facts/socket";
import { parseProcNetInet } from "#core/parsers/procNetInet";
import { parseProcNetPacket } from "#core/parsers/procNetPacket";
import { parseProcNetUnix } from "#core/parsers/procNetUnix";
import type { ByteString } from "#core/text/byteString";
import type { CollectLimits } from "./collectOptions.ts";
import { Gaps, isGone } from "./gaps.ts";

export interface SocketsContext {
  readonly euid: number;
  readonly limits: CollectLimits;
}

type Table = SocketFact["protocol"];

const tables: readonly Table[] = ["tcp", "tcp6", "udp", "udp6", "packet", "unix"];

/** Tables of one namespace are read whole; 32 MiB is about 200 000 TCP sockets. */
const tableBytes = 32 << 20;

/**
 * The sockets of every network namespace that a process lives in, with their owners. The
 * tables of another namespace are read through /proc/PID/net of one process in it.
 */
export function collectSockets(
  host: Host,
  processes: readonly ProcessFact[],
  { euid, limits }: SocketsContext,
): Observed<readonly SocketFact[]> {
  const gaps = new Gaps(euid);
  const holders = pidsByInode(processes);
  const sockets: SocketFact[] = [];
  let tablesRead = 0;
  for (const { folder, namespace } of networkViews(host, processes)) {
    for (const table of tables) {
      const path = `${folder}/net/${table}`;
      const text = host.read(path, tableBytes);
      if (isFailure(text)) {
        // A host without IPv6, or without packet sockets in its kernel, has no such table.
        if (!isGone(text)) gaps.count(`socket table ${table}`, text);
        continue;
      }
      tablesRead += 1;
      if (text.length >= tableBytes) gaps.say(`The socket table ${table} was read to ${tableBytes >> 20} MiB only.`);
      const { rows, problems } = parseTable(text, table, namespace, holders);
      if (problems > 0) gaps.count(`lines of the socket table ${table}`, `${problems} in another form`);
      const room = limits.socketRows - sockets.length;
      if (rows.length > room) gaps.say(`Only the first ${limits.socketRows} sockets were kept.`);
      for (const row of rows.slice(0, Math.max(0, room))) sockets.push(row);
    }
  }
  if (tablesRead === 0) return unseen("No socket table could be read: /proc/net is missing or not readable.");
  const hiddenDescriptors = processes.filter(({ unread }) =>
    unread.some((field) => /^fd: (?!ENOENT|ESRCH)/.test(field)),
  );
  if (hiddenDescriptors.length > 0) {
    gaps.say(
      `Which sockets ${hiddenDescriptors.length} processes hold is unknown: their open files could not be read.`,
    );
  }
  return seen(sockets, gaps.list());
}

/** The helper's own view first, then one process for each other namespace. */
function networkViews(
  host: Host,
  processes: readonly ProcessFact[],
): readonly { readonly folder: ByteString; readonly namespace: string }[] {
  const link = host.readLink("/proc/self/ns/net");
  const own = isFailure(link) ? "" : link.slice("net:[".length, -1);
  const views = new Map([[own, "/proc/self"]]);
  for (const { pid, namespaces } of processes) {
    if (namespaces.net !== undefined && !views.has(namespaces.net)) views.set(namespaces.net, `/proc/${pid}`);
  }
  return [...views].map(([namespace, folder]) => ({ namespace, folder }));
}

function pidsByInode(processes: readonly ProcessFact[]): ReadonlyMap<string, readonly number[]> {
  const holders = new Map<string, number[]>();
  for (const { pid, socketInodes } of processes) {
    for (const inode of socketInodes) {
      const pids = holders.get(inode);
      if (pids === undefined) holders.set(inode, [pid]);
      else if (pids.at(-1) !== pid) pids.push(pid);
    }
  }
  return holders;
}

const nobody: readonly number[] = [];

/** /proc/net/unix does not tell who made the socket. */
const unknownUid = -1;

function parseTable(
  text: ByteString,
  protocol: Table,
  namespace: string,
  holders: ReadonlyMap<string, readonly number[]>,
): { readonly rows: readonly SocketFact[]; readonly problems: number } {
  // Inode 0 is a socket without a file any more, such as one in TIME_WAIT.
  const own = (inode: string) => ({ protocol, namespace, inode, pids: holders.get(inode) ?? nobody });
  switch (protocol) {
    case "tcp":
    case "tcp6":
    case "udp":
    case "udp6": {
      const { value, problems } = parseProcNetInet(text, protocol.startsWith("tcp") ? "tcp" : "udp");
      return { rows: value.map((row) => ({ ...row, ...own(row.inode) })), problems: problems.length };
    }
    case "unix": {
      const { value, problems } = parseProcNetUnix(text);
      const rows = value.map(({ inode, path, state }) => ({
        ...own(inode),
        localAddress: path,
        localPort: 0,
        remoteAddress: "",
        remotePort: 0,
        state,
        uid: unknownUid,
      }));
      return { rows, problems: problems.length };
    }
    case "packet": {
      const { value, problems } = parseProcNetPacket(text);
      const rows = value.map(({ inode, uid, protocol: ethernet, interfaceIndex }) => ({
        ...own(inode),
        localAddress: `interface ${interfaceIndex}`,
        localPort: ethernet,
        remoteAddress: "",
        remotePort: 0,
        state: "",
        uid,
      }));
      return { rows, problems: problems.length };
    }
  }
}
