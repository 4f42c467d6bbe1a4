import { existsSync, readFileSync, readdirSync, rmSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostRecord, LabRecord } from "./labRecord.ts";
import { labRunPath } from "./paths.ts";
import { isAlive, killProcess } from "./processIdentity.ts";
import { runCommand } from "./runCommand.ts";

/**
 * Takes away everything a host made: its processes (ending PID 1 of a pid namespace ends all in it),
 * its network namespace, cgroups and files. Its mounts go with its mount namespace.
 */
export async function removeHost(host: HostRecord): Promise<void> {
  // PID 1 comes first: `unshare`, its parent, then collects it and ends by itself.
  const [init, ...launchers] = host.processes;
  if (init !== undefined) killProcess(init);
  const isOver = (): boolean => !host.processes.some(isAlive) && !host.cgroups.some(isPopulated);
  for (let tries = 0; tries < 100 && !isOver(); tries += 1) await sleep(20);
  for (const launcher of launchers) killProcess(launcher);
  if (existsSync(join("/run/netns", host.netns))) await runCommand(["ip", "netns", "del", host.netns]);
  for (const cgroup of host.cgroups) removeCgroup(cgroup);
  await removeFolder(host.folder);
}

/** As removeHost, for a whole lab. */
export async function removeLab(lab: LabRecord): Promise<void> {
  await Promise.all(lab.hosts.map(removeHost));
  for (const process of lab.processes) killProcess(process);
  if (existsSync(join("/run/netns", lab.netns))) await runCommand(["ip", "netns", "del", lab.netns]);
  await removeFolder(join(labRunPath(), lab.id));
}

function isPopulated(cgroup: string): boolean {
  try {
    return readFileSync(join(cgroup, "cgroup.procs"), "latin1") !== "" || readEvents(cgroup).includes("populated 1");
  } catch {
    return false;
  }
}

function readEvents(cgroup: string): string {
  const path = join(cgroup, "cgroup.events");
  return existsSync(path) ? readFileSync(path, "latin1") : "";
}

function removeCgroup(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  }
  try {
    rmdirSync(path);
  } catch {
    // A process that the kernel has not finished with; the next reap removes the folder.
  }
}

/** Immutable and append-only files of a simulator would stop rm. */
async function removeFolder(path: string): Promise<void> {
  if (!existsSync(path)) return;
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    await runCommand(["chattr", "-R", "-f", "-i", "-a", path]);
    rmSync(path, { recursive: true, force: true });
  }
}
