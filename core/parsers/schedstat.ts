import type { ByteString } from "../text/byteString.ts";
import { noProblems, type Parsed } from "./parsed.ts";

/**
 * Parses /proc/PID/task/TID/schedstat into the nanoseconds that this one thread ran.
 * The file of the process itself is that of its first thread only.
 */
export function parseSchedstat(text: ByteString): Parsed<number | undefined> {
  const end = text.indexOf(" ");
  const runNs = end > 0 ? Number(text.slice(0, end)) : Number.NaN;
  return Number.isFinite(runNs) && runNs >= 0
    ? { value: runNs, problems: noProblems }
    : { value: undefined, problems: ["The scheduler statistics do not start with a number."] };
}
