import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { startDrill } from "#test/hosts/drill";

export type Drill = Awaited<ReturnType<typeof startDrill>>;

/** What leads to the drill host: an ssh_config of its own, and the extension's settings. */
export interface DrillConfiguration {
  readonly sshConfigFile: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly remove: () => void;
}

const drillName = "drill";

/** How the drill host is called on the command line and in the list of hosts. */
export function drillAddress(drill: Drill): string {
  return drill.kind === "host" ? drillName : "local";
}

export function describeDrill(drill: Drill): string {
  return drill.kind === "host"
    ? `The drill host runs: ${drill.user}@${drill.host}:${drill.port}, with ${drill.runs.size} harmless simulators.`
    : `The drill runs as plain processes on this machine, because ${drill.reason}`;
}

/** Writes the ssh_config with the host's key and keys; the user's own ssh files are neither read nor changed. */
export function writeDrillConfiguration(drill: Drill): DrillConfiguration {
  const folder = mkdtempSync(join(tmpdir(), "countermine-drill-"));
  const sshConfigFile = join(folder, "ssh_config");
  const knownHosts = join(folder, "known_hosts");
  if (drill.kind === "host") writeFileSync(knownHosts, `${drill.knownHosts.trim()}\n`, { mode: 0o600 });
  writeFileSync(sshConfigFile, drill.kind === "host" ? sshConfig(drill, knownHosts) : "", { mode: 0o600 });
  return {
    sshConfigFile,
    settings: {
      "countermine.sshConfigFile": sshConfigFile,
      "countermine.connectAtStart": true,
      "countermine.hosts": [{ address: drillAddress(drill), label: "Drill host", environment: "drill" }],
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function sshConfig(drill: Extract<Drill, { kind: "host" }>, knownHosts: string): string {
  return [
    `Host ${drillName}`,
    `  HostName ${drill.host}`,
    `  Port ${drill.port}`,
    `  User ${drill.user}`,
    `  IdentityFile ${drill.keyPath}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${knownHosts}`,
    "",
  ].join("\n");
}
