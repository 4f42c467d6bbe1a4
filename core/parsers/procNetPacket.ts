import type { ByteString } from "../text/byteString.ts";
import { Problems, type Parsed } from "./parsed.ts";

export interface PacketRow {
  readonly inode: string;
  readonly uid: number;
  /** Ethernet protocol that it receives; 3 is every protocol. */
  readonly protocol: number;
  readonly interfaceIndex: number;
}

const row = /^\S+ +\d+ +\d+ +([0-9a-fA-F]{4}) +(\d+) +\d+ +\d+ +(\d+) +(\d+) *$/;

/** Parses /proc/net/packet: sockets that see raw frames. */
export function parseProcNetPacket(text: ByteString): Parsed<readonly PacketRow[]> {
  const problems = new Problems();
  const rows: PacketRow[] = [];
  for (const line of text.split("\n").slice(1)) {
    if (line === "") continue;
    const match = row.exec(line);
    if (match === null) problems.add("This socket line has another form", line);
    else {
      const [, protocol = "", interfaceIndex = "", uid = "", inode = ""] = match;
      rows.push({
        inode,
        uid: Number(uid),
        protocol: Number.parseInt(protocol, 16),
        interfaceIndex: Number(interfaceIndex),
      });
    }
  }
  return { value: rows, problems: problems.list() };
}
