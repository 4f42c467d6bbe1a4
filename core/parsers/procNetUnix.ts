import type { ByteString } from "../text/byteString.ts";
import { Problems, type Parsed } from "./parsed.ts";

export interface UnixRow {
  readonly inode: string;
  /** Path, `@name` for an abstract one, empty when it has none. */
  readonly path: ByteString;
  readonly state: string;
}

const row = /^[0-9a-fA-F]+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) [0-9A-F]+ ([0-9A-F]{2}) +(\d+)(?: (.*))?$/s;

/** `__SO_ACCEPTCON`: the socket listens. */
const acceptsConnections = 0x10000;

/** SS_UNCONNECTED to SS_DISCONNECTING of linux/net.h. */
const states = ["", "", "SYN_SENT", "ESTABLISHED", "CLOSING"] as const;

/**
 * Parses /proc/net/unix. The kernel prints names raw, so a socket bound to a name with a
 * newline can add lines of its own; such lines carry an inode that no process holds.
 */
export function parseProcNetUnix(text: ByteString): Parsed<readonly UnixRow[]> {
  const problems = new Problems();
  const rows: UnixRow[] = [];
  const lines = text.split("\n");
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const match = row.exec(line);
    if (match === null) {
      problems.add("This socket line has another form", line);
      continue;
    }
    const [, flags = "", state = "", inode = "", path = ""] = match;
    const isListening = (Number.parseInt(flags, 16) & acceptsConnections) !== 0;
    rows.push({ inode, path, state: isListening ? "LISTEN" : (states[Number.parseInt(state, 16)] ?? "") });
  }
  return { value: rows, problems: problems.list() };
}
