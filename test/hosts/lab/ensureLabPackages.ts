import { existsSync, readFileSync, statfsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { labCachePath } from "./paths.ts";
import { runCommand } from "./runCommand.ts";

export type LabAvailability = { readonly kind: "ready" } | { readonly kind: "unavailable"; readonly reason: string };

/** Programs the lab starts, and the Debian package that carries each. */
const programs: Readonly<Record<string, string>> = {
  debootstrap: "debootstrap",
  ip: "iproute2",
  nsenter: "util-linux",
  unshare: "util-linux",
  setpriv: "util-linux",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  chattr: "e2fsprogs",
  gcc: "gcc",
};
const files: Readonly<Record<string, string>> = {
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
  "/usr/include/stdio.h": "libc6-dev",
};
const bytesNeeded = 2 * 2 ** 30;

/**
 * Says whether lab hosts can be started here, after trying to install missing Debian packages.
 * Never throws; the reason is one line for people.
 */
export async function ensureLabPackages(): Promise<LabAvailability> {
  if (process.platform !== "linux") return unavailable(`lab hosts need Linux; this is ${process.platform}`);
  if (process.getuid?.() !== 0) return unavailable("lab hosts need root (namespaces, mounts); run as root");
  if (cgroup2Path() === undefined) return unavailable("no cgroup2 file system is mounted on this machine");
  const missing = missingPackages();
  if (missing.length > 0) {
    const installed = await installPackages(missing);
    const still = missingPackages();
    if (still.length > 0) return unavailable(`missing Debian packages: ${still.join(" ")} (${installed})`);
  }
  const namespaces = await runCommand(["unshare", "--mount", "--pid", "--uts", "--ipc", "--net", "--fork", "true"]);
  if (namespaces.code !== 0) {
    return unavailable(`this machine does not let root make namespaces: ${namespaces.stderr.trim()}`);
  }
  if (freeBytes(labCachePath()) < bytesNeeded) {
    return unavailable(`less than 2 GiB free for root file systems in ${labCachePath()}`);
  }
  return { kind: "ready" };
}

/** The mount point of the cgroup2 hierarchy, wherever this machine has it. */
export function cgroup2Path(): string | undefined {
  for (const line of readFileSync("/proc/mounts", "latin1").split("\n")) {
    const [, path, type] = line.split(" ");
    if (type === "cgroup2") return path;
  }
  return undefined;
}

/** Of the file system that holds a path, which need not exist yet. */
function freeBytes(path: string): number {
  if (!existsSync(path)) return freeBytes(dirname(path));
  const disk = statfsSync(path);
  return disk.bavail * disk.bsize;
}

const unavailable = (reason: string): LabAvailability => ({ kind: "unavailable", reason });

function missingPackages(): readonly string[] {
  const searchPath = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const isThere = (program: string): boolean => searchPath.some((folder) => existsSync(join(folder, program)));
  const missing = new Set<string>();
  for (const [program, name] of Object.entries(programs)) if (!isThere(program)) missing.add(name);
  for (const [path, name] of Object.entries(files)) if (!existsSync(path)) missing.add(name);
  return [...missing];
}

async function installPackages(names: readonly string[]): Promise<string> {
  if (!existsSync("/usr/bin/apt-get")) return "no apt-get here";
  const env = { ...definedEnvironment(), DEBIAN_FRONTEND: "noninteractive" };
  const install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", ...names];
  const first = await runCommand(install, { env });
  if (first.code === 0) return "installed";
  const update = await runCommand(["apt-get", "update", "-q"], { env });
  if (update.code !== 0) return "apt-get update failed";
  const second = await runCommand(install, { env });
  return second.code === 0 ? "installed" : `apt-get: ${second.stderr.trim().split("\n").at(-1) ?? ""}`;
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
