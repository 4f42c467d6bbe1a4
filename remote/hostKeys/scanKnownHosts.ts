import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import type { KnownKey } from "./hostKeyVerdict.ts";
import { coversHost, parseKnownHostsLine } from "./knownHostsLine.ts";
import { publicKeyType } from "./publicKeyBlob.ts";

/** The largest file that is read, in bytes: some 150,000 entries. */
const largestFile = 64 << 20;
const largestLine = 1 << 20;

/**
 * The entries of a known_hosts file that cover one of the names. The file is read once,
 * piece by piece, and never written.
 *
 * A file that does not exist has no entries. A file that cannot be read could hold the
 * line that refuses the key, so it fails closed.
 * @param names what the host is looked up as, see knownHostsName
 * @throws OpsError `hostKeyUnreadable` for a file that is there and cannot be read to its end
 */
export async function scanKnownHosts(path: string, names: readonly string[]): Promise<readonly KnownKey[]> {
  const found: KnownKey[] = [];
  await readLines(path, (line, number) => {
    const entry = parseKnownHostsLine(line);
    if (entry === undefined || !names.some((name) => coversHost(entry.hosts, name))) return;
    found.push({ role: entry.role, keyType: entry.keyType, key: entry.key, file: path, line: number });
  });
  return found;
}

/**
 * The keys of a RevokedHostKeys file, one public key per line.
 * @throws OpsError `hostKeyUnreadable` as above, and for OpenSSH's binary revocation lists
 */
export async function scanRevokedKeys(path: string): Promise<readonly KnownKey[]> {
  const found: KnownKey[] = [];
  await readLines(path, (line, number) => {
    if (number === 1 && line.startsWith("SSHKRL"))
      throw unreadable(path, "it is a binary key revocation list, which only the system's ssh can read");
    const [type = "", encoded = ""] = line.trim().split(/[ \t]+/);
    const key = Buffer.from(encoded, "base64");
    if (publicKeyType(key) === type) found.push({ role: "revoked", keyType: type, key, file: path, line: number });
  });
  return found;
}

async function readLines(path: string, onLine: (line: string, number: number) => void): Promise<void> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer that may never come.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw unreadable(path, reasonOf(error));
  }
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw unreadable(path, status.isDirectory() ? "it is a folder" : "it is not a regular file");
    if (status.size > largestFile) throw unreadable(path, `it is larger than ${largestFile >> 20} MiB`);
    await splitLines(path, handle, onLine);
  } catch (error) {
    throw OpsError.is(error) ? error : unreadable(path, reasonOf(error));
  } finally {
    await handle.close();
  }
}

async function splitLines(
  path: string,
  handle: FileHandle,
  onLine: (line: string, number: number) => void,
): Promise<void> {
  const chunk = Buffer.allocUnsafe(256 << 10);
  let rest = "";
  let number = 0;
  let total = 0;
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    total += bytesRead;
    // The size was checked before; this is for a file that grows while it is read.
    if (total > largestFile) throw unreadable(path, `it is larger than ${largestFile >> 20} MiB`);
    const lines = (rest + chunk.toString("latin1", 0, bytesRead)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > largestLine) throw unreadable(path, "it has a line of more than 1 MiB");
    for (const line of lines) onLine(line, (number += 1));
  }
  if (rest.length > 0) onLine(rest, number + 1);
}

function unreadable(path: string, reason: string): OpsError {
  return new OpsError(
    "hostKeyUnreadable",
    `The list of known host keys ${showText(path)} could not be read: ${reason}. Nothing was sent to the host.`,
    { nextStep: "Make the file readable, or take it out of your ssh configuration.", data: { file: path, reason } },
  );
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "EISDIR") return "it is a folder";
  return code === "" ? "it could not be read" : code;
}
