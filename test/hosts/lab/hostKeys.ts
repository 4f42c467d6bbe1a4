import { createHash } from "node:crypto";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./runCommand.ts";

export const hostKeyTypes = ["ed25519", "ecdsa"] as const;

export interface HostKey {
  /** As in known_hosts: `ssh-ed25519`, `ecdsa-sha2-nistp256`. */
  readonly type: string;
  /** The public key, base64. */
  readonly base64: string;
  /** `SHA256:…` as ssh-keygen prints it. */
  readonly fingerprint: string;
}

/** Makes fresh host keys as ssh_host_TYPE_key(.pub) in a folder, replacing what is there. */
export async function makeHostKeys(folder: string): Promise<readonly HostKey[]> {
  const keys: HostKey[] = [];
  for (const type of hostKeyTypes) {
    const path = join(folder, `ssh_host_${type}_key`);
    for (const old of [path, `${path}.pub`]) rmSync(old, { force: true });
    await mustRun(["ssh-keygen", "-q", "-t", type, "-N", "", "-C", "host", "-f", path]);
    chmodSync(path, 0o600);
    keys.push(parsePublicKey(readFileSync(`${path}.pub`, "utf8")));
  }
  return keys;
}

export function parsePublicKey(line: string): HostKey {
  const [type = "", base64 = ""] = line.trim().split(" ");
  const digest = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
  return { type, base64, fingerprint: `SHA256:${digest.replace(/=+$/, "")}` };
}
