import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HostRecord } from "./labRecord.ts";

export interface EnterCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The command that runs an argv as root inside a host: in its namespaces, its root and its cgroups. */
export function enterHost(host: Pick<HostRecord, "cgroups" | "initPid">, argv: readonly string[]): EnterCommand {
  const [unified = "", ...legacy] = host.cgroups;
  // Under systemd the top of the tree may hold no processes; init.scope always lives.
  const scope = existsSync(join(unified, "init.scope")) ? join(unified, "init.scope") : unified;
  const joins = [scope, ...legacy].map((path) => `echo 0 > '${path}/cgroup.procs'`).join("; ");
  const script = `${joins}; exec nsenter -t ${host.initPid} -m -u -i -n -p -C -r -w -- "$@"`;
  return {
    argv: ["/bin/sh", "-c", script, "enter", ...argv],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LANG: "C" },
  };
}
