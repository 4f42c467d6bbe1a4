import { execFile } from "node:child_process";
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { decodeUtf8, encodeUtf8, isUtf8, type ByteString } from "#core/text/byteString";

const program = "/usr/bin/lsattr";
const batchSize = 200;
const timeoutMs = 10_000;

/**
 * Asks lsattr(1) of this machine for the immutable (`i`) and append-only (`a`) flags.
 * Node has no ioctl, so there is no other way. The answer is empty when the program is
 * absent or when anybody but root could have replaced it; paths that are not UTF-8
 * cannot be arguments and stay unanswered.
 */
export async function lsattrFlags(
  paths: readonly ByteString[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<ByteString, boolean>> {
  const flags = new Map<ByteString, boolean>();
  if (!isRootsAlone(program)) return flags;
  // A line break inside a path would let a file name forge the answer for another one.
  const askable = paths.filter((path) => path.startsWith("/") && isUtf8(path) && !/[\n\r]/.test(path));
  for (let start = 0; start < askable.length; start += batchSize) {
    const output = await run(askable.slice(start, start + batchSize).map(decodeUtf8), signal);
    for (const [path, isFixed] of parseLsattr(output)) flags.set(path, isFixed);
  }
  return flags;
}

/** Lines of `lsattr -d`: the flags, one blank, the path as it was given. */
export function parseLsattr(output: string): readonly (readonly [ByteString, boolean])[] {
  return output.split("\n").flatMap((line) => {
    const match = /^([A-Za-z-]{8,32}) (\/.*)$/s.exec(line);
    return match ? [[encodeUtf8(match[2] ?? ""), /[ia]/.test(match[1] ?? "")] as const] : [];
  });
}

function run(paths: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  return new Promise((settle) => {
    execFile(
      program,
      ["-d", "--", ...paths],
      { cwd: "/", env: { LC_ALL: "C" }, timeout: timeoutMs, maxBuffer: 4 * 2 ** 20, ...(signal ? { signal } : {}) },
      // It exits with 1 when one path of many has no flags (a link, a file system without them); the rest still counts.
      (_, stdout) => settle(stdout),
    );
  });
}

/** Owned by root and writable by root alone, with every folder above it. */
function isRootsAlone(path: string): boolean {
  for (let place = path; ; place = dirname(place)) {
    const status = lstatSync(place, { throwIfNoEntry: false });
    if (!status || status.uid !== 0 || (!status.isSymbolicLink() && (status.mode & 0o022) !== 0)) return false;
    if (place === "/") return true;
  }
}
