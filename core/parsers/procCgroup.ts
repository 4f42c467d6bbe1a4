import type { ByteString } from "../text/byteString.ts";
import { noProblems, type Parsed } from "./parsed.ts";

/**
 * Parses /proc/PID/cgroup into the path that names the service or container best: the
 * unified hierarchy, unless that one is unused (`/`) on a hybrid host, then systemd's
 * named one, then the first controller with a path.
 */
export function parseProcCgroup(text: ByteString): Parsed<ByteString | undefined> {
  let unified: ByteString | undefined;
  let named: ByteString | undefined;
  let other: ByteString | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const afterId = line.indexOf(":");
    const afterNames = line.indexOf(":", afterId + 1);
    if (afterId < 0 || afterNames < 0) return { value: undefined, problems: ["A control group line has no path."] };
    const names = line.slice(afterId + 1, afterNames);
    const path = line.slice(afterNames + 1);
    if (names === "") unified ??= path;
    else if (names === "name=systemd") named ??= path;
    else if (path !== "/") other ??= path;
  }
  const candidates = [unified, named, other];
  return {
    value: candidates.find((path) => path !== undefined && path !== "/") ?? unified ?? named,
    problems: noProblems,
  };
}
