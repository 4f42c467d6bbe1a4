import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroup2Path } from "./ensureLabPackages.ts";

const legacyPath = "/sys/fs/cgroup";
const limits = { memoryBytes: 4 * 2 ** 30, pids: 5000 } as const;

export interface HostCgroups {
  /** Every folder to join, cgroup2 first. */
  readonly paths: readonly string[];
  /** Whether a devices controller keeps the host away from this machine's disks. */
  readonly guardsDevices: boolean;
}

/** The folders that makeHostCgroups makes for this name. */
export function hostCgroupPaths(name: string): readonly string[] {
  const unified = cgroup2Path();
  if (unified === undefined) throw new Error("no cgroup2 file system is mounted on this machine");
  const legacy = ["memory", "pids", "devices"].filter((controller) =>
    existsSync(join(legacyPath, controller, "cgroup.procs")),
  );
  return [join(unified, name), ...legacy.map((controller) => join(legacyPath, controller, name))];
}

/** Makes a host's cgroups and sets its limits where the machine has the controllers. */
export function makeHostCgroups(name: string): HostCgroups {
  const paths = hostCgroupPaths(name);
  for (const path of paths) mkdirSync(path, { recursive: true });
  const devices = paths.find((path) => path.startsWith(join(legacyPath, "devices")));
  const [unified = ""] = paths;
  setLimit(join(unified, "memory.max"), limits.memoryBytes);
  setLimit(join(unified, "pids.max"), limits.pids);
  setLimit(join(legacyPath, "memory", name, "memory.limit_in_bytes"), limits.memoryBytes);
  setLimit(join(legacyPath, "pids", name, "pids.max"), limits.pids);
  if (devices === undefined) return { paths, guardsDevices: false };
  writeFileSync(join(devices, "devices.deny"), "a");
  for (const rule of ["c 1:* rwm", "c 5:* rwm", "c 136:* rwm", "c *:* m", "b *:* m"]) {
    writeFileSync(join(devices, "devices.allow"), rule);
  }
  return { paths, guardsDevices: true };
}

function setLimit(path: string, value: number): void {
  if (existsSync(path)) writeFileSync(path, String(value));
}
