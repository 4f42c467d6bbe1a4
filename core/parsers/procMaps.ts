import type { ByteString } from "../text/byteString.ts";
import { Problems, type Parsed } from "./parsed.ts";

/** One file that is mapped executable. */
export interface ExecutableMapping {
  readonly path: ByteString;
  readonly inode: string;
  /** The kernel says that this name is gone; a file may also really be called so. */
  readonly saysDeleted: boolean;
}

const row = /^[0-9a-f]+-[0-9a-f]+ (\S{4}) [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ (\d+) *(.*)$/;
const deletedMark = " (deleted)";

/** Parses /proc/PID/maps into the files mapped executable, each once. */
export function parseProcMaps(text: ByteString): Parsed<readonly ExecutableMapping[]> {
  const problems = new Problems();
  const byPath = new Map<ByteString, ExecutableMapping>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const match = row.exec(line);
    if (match === null) {
      problems.add("This mapping line has another form", line);
      continue;
    }
    const [, permissions = "", inode = "", name = ""] = match;
    if (permissions[2] !== "x" || !name.startsWith("/") || byPath.has(name)) continue;
    const saysDeleted = name.endsWith(deletedMark);
    const path = (saysDeleted ? name.slice(0, -deletedMark.length) : name).replaceAll("\\012", "\n");
    byPath.set(name, { path, inode, saysDeleted });
  }
  return { value: [...byPath.values()], problems: problems.list() };
}
