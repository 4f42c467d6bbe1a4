import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostCgroups } from "./hostCgroups.ts";
import { identifyProcess, type ProcessIdentity } from "./processIdentity.ts";

export interface HostLaunch {
  readonly name: string;
  /** The read-only lower layer. */
  readonly root: string;
  /** Holds upper, work, mount, seed and the console's log. */
  readonly folder: string;
  readonly netns: string;
  readonly init: "systemd" | "plain" | "mini";
  readonly cgroups: HostCgroups;
}

/** What root in a lab host must not have, because it would reach the whole machine. */
const dropped = "-sys_module,-sys_time,-sys_boot,-sys_rawio,-syslog,-wake_alarm";

/** Starts the `unshare` whose child becomes PID 1 of the host. */
export function launchHost(launch: HostLaunch): ProcessIdentity {
  const joins = launch.cgroups.paths.map((path) => `echo 0 > '${path}/cgroup.procs'`).join(" && ");
  // The cgroups are joined first, so that the new cgroup namespace is rooted there.
  const script = `${joins} && exec ip netns exec ${launch.netns} setpriv --bounding-set ${dropped} --inh-caps ${dropped} \
    unshare --mount --uts --ipc --pid --cgroup --fork --propagation private -- /bin/sh "$1"`;
  writeFileSync(join(launch.folder, "boot_id"), `${randomUUID()}\n`);
  const log = openSync(join(launch.folder, "console.log"), "a");
  const child = spawn("/bin/sh", ["-c", script, "launch", join(import.meta.dirname, "hostInit.sh")], {
    detached: true,
    stdio: ["ignore", log, log],
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      LAB_NAME: launch.name,
      LAB_ROOT: launch.root,
      LAB_FOLDER: launch.folder,
      LAB_INIT: launch.init,
      // Without a devices controller, root in the host could otherwise make a node for this machine's disk.
      LAB_DROP: launch.cgroups.guardsDevices ? "-sys_boot" : "-sys_boot,-mknod",
    },
  });
  child.unref();
  closeSync(log);
  const launcher = identifyProcess(child.pid ?? 0);
  if (launcher === undefined) throw new Error("the host's launcher ended at once");
  return launcher;
}

/** `unshare --fork` waits; its child is PID 1 of the new pid namespace. */
export async function findInit(launcher: ProcessIdentity): Promise<ProcessIdentity> {
  for (let tries = 0; tries < 200; tries += 1) {
    const [child = ""] = readText(`/proc/${launcher.pid}/task/${launcher.pid}/children`).split(" ");
    const status = child === "" ? "" : readText(`/proc/${child}/status`);
    const init = /^NSpid:.*\t1$/m.test(status) ? identifyProcess(Number(child)) : undefined;
    if (init !== undefined) return init;
    await sleep(25);
  }
  throw new Error("the host's PID 1 did not appear");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
