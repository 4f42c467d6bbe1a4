import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SshOptions } from "./labHostOptions.ts";
import { type CommandResult, runCommand } from "./runCommand.ts";

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keyPath: string;
  readonly knownHosts: string;
  /** Where a known_hosts file may be written. */
  readonly folder: string;
}

/** One command through this machine's ssh client, with no settings but these. */
export async function runSsh(target: SshTarget, command: string, options: SshOptions): Promise<CommandResult> {
  const knownHosts = join(target.folder, `known_hosts.${randomBytes(4).toString("hex")}`);
  writeFileSync(knownHosts, target.knownHosts);
  const settings = [`UserKnownHostsFile=${knownHosts}`, "StrictHostKeyChecking=yes", "BatchMode=yes"];
  settings.push("LogLevel=ERROR", "IdentitiesOnly=yes", "GlobalKnownHostsFile=/dev/null", "ConnectTimeout=10");
  const flags = settings.flatMap((setting) => ["-o", setting]);
  const address = ["-i", target.keyPath, "-p", String(target.port), `${target.user}@${target.host}`];
  try {
    return await runCommand(["ssh", "-F", "none", ...flags, ...address, "--", command], {
      timeoutMs: options.timeoutMs ?? 60_000,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  } finally {
    rmSync(knownHosts, { force: true });
  }
}
