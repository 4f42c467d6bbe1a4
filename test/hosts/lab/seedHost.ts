import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HostKey, makeHostKeys } from "./hostKeys.ts";
import { labUsers } from "./labUsers.ts";
import type { LabSuite } from "./rootFileSystem.ts";

export interface HostSeed {
  readonly name: string;
  readonly address: string;
  readonly suite: LabSuite;
  readonly authorizedKeys: readonly string[];
  readonly sshdConfig: string;
}

/** Fills a folder with the files that make a host itself: names, keys, sshd settings. Returns its host keys. */
export async function seedHost(folder: string, seed: HostSeed): Promise<readonly HostKey[]> {
  const etc = join(folder, "etc");
  mkdirSync(join(etc, "ssh/sshd_config.d"), { recursive: true });
  writeFileSync(join(etc, "hostname"), `${seed.name}\n`);
  writeFileSync(join(etc, "hosts"), `127.0.0.1 localhost\n${seed.address} ${seed.name}\n`);
  // A machine id of its own, so that systemd does not take this for a first boot.
  writeFileSync(join(etc, "machine-id"), `${randomBytes(16).toString("hex")}\n`);
  const lines = ["PermitRootLogin yes", "PasswordAuthentication yes", "UseDNS no", "LogLevel VERBOSE"];
  writeFileSync(join(etc, "ssh/sshd_config.d/lab.conf"), `${seed.sshdConfig}\n${lines.join("\n")}\n`);
  for (const user of labUsers) {
    const home = join(folder, user.home);
    const keys = join(home, ".ssh", "authorized_keys");
    mkdirSync(join(home, ".ssh"), { recursive: true });
    writeFileSync(keys, seed.authorizedKeys.map((key) => `${key.trim()}\n`).join(""));
    chmodSync(join(home, ".ssh"), 0o700);
    chmodSync(keys, 0o600);
    for (const path of [home, join(home, ".ssh"), keys]) chownSync(path, user.uid, user.uid);
  }
  return await makeHostKeys(join(etc, "ssh"));
}
