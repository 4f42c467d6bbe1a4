import fs from "node:fs";
import { showBytes } from "#core/text/showBytes";

/** Type and place of the mount that a device number belongs to, for people; `unknown` where it is not listed. */
export function mountOf(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  let text: string;
  try {
    text = fs.readFileSync("/proc/self/mountinfo", "latin1");
  } catch {
    return "unknown";
  }
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    if (fields[2] !== `${major}:${minor}`) continue;
    const type = fields[fields.indexOf("-") + 1] ?? "unknown";
    return `${type} at ${showBytes(fields[4] ?? "", 200)}`;
  }
  return "unknown";
}
