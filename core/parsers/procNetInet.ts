import type { ByteString } from "../text/byteString.ts";
import { formatIpv4Word, formatIpv6Words } from "./ipAddress.ts";
import { Problems, type Parsed } from "./parsed.ts";

export interface InetRow {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Word for the state; empty for UDP that is not connected. */
  readonly state: string;
  readonly uid: number;
  readonly inode: string;
}

/** include/net/tcp_states.h, by number. */
const tcpStates = [
  "",
  "ESTABLISHED",
  "SYN_SENT",
  "SYN_RECV",
  "FIN_WAIT1",
  "FIN_WAIT2",
  "TIME_WAIT",
  "CLOSE",
  "CLOSE_WAIT",
  "LAST_ACK",
  "LISTEN",
  "CLOSING",
  "NEW_SYN_RECV",
] as const;

const row =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ (\d+)/;

/** Parses /proc/net/tcp, tcp6, udp or udp6; the first line is the heading. */
export function parseProcNetInet(text: ByteString, transport: "tcp" | "udp"): Parsed<readonly InetRow[]> {
  const problems = new Problems();
  const rows: InetRow[] = [];
  const lines = text.split("\n");
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const match = row.exec(line);
    if (match === null) {
      problems.add("This socket line has another form", line);
      continue;
    }
    const [, local = "", localPort = "", remote = "", remotePort = "", state = "", uid = "", inode = ""] = match;
    rows.push({
      localAddress: address(local),
      localPort: Number.parseInt(localPort, 16),
      remoteAddress: address(remote),
      remotePort: Number.parseInt(remotePort, 16),
      state: stateWord(Number.parseInt(state, 16), transport),
      uid: Number(uid),
      inode,
    });
  }
  return { value: rows, problems: problems.list() };
}

function address(hex: string): string {
  return hex.length === 8 ? formatIpv4Word(hex) : formatIpv6Words(hex);
}

/** UDP borrows two TCP numbers: 1 for a connected socket and 7 for every other one. */
function stateWord(state: number, transport: "tcp" | "udp"): string {
  if (transport === "udp") return state === 1 ? "ESTABLISHED" : "";
  return tcpStates[state] ?? "";
}
