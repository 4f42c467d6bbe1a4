import { binaryMarkers } from "#core/knowledge/binaryMarkers";
import type { FactsFixture } from "#test/checks/factsFixture";

/** Whole hosts through every check and the judge: what must be found, and what must not be. */

export type Process = NonNullable<FactsFixture["processes"]>[number];

export const uptime = 100_000;
export const bootTicks = 1000;

/** A process that uses `cores` now and did so all its life; fixtures have four cores and a window of ten seconds. */
export function busy(pid: number, path: string, cores: number, more: Partial<Process> = {}): Process {
  return {
    pid,
    exe: { path },
    argv: [path],
    cpuTicks: Math.round(cores * (uptime - (bootTicks + pid) / 100) * 100),
    ...more,
  };
}

/** What an ordinary server has beside the case. */
export const everyday: readonly Process[] = [
  { pid: 1, ppid: 0, exe: { path: "/usr/lib/systemd/systemd" }, argv: ["/sbin/init"], cgroup: "/init.scope" },
  { pid: 2, ppid: 0, exe: null, argv: [], comm: "kthreadd", isKernelThread: true },
  { pid: 9, ppid: 2, exe: null, argv: [], comm: "kworker/0:1-eve", isKernelThread: true },
  {
    pid: 20,
    exe: { path: "/usr/sbin/sshd" },
    argv: ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"],
    cgroup: "/system.slice/ssh.service",
  },
  { pid: 21, exe: { path: "/usr/sbin/cron" }, argv: ["/usr/sbin/cron", "-f"], cgroup: "/system.slice/cron.service" },
  { pid: 22, exe: { path: "/usr/bin/dbus-daemon" }, argv: ["/usr/bin/dbus-daemon", "--system"], uid: 100 },
  {
    pid: 23,
    exe: { path: "/usr/sbin/nginx" },
    argv: ["nginx: master process /usr/sbin/nginx"],
    cgroup: "/system.slice/nginx.service",
  },
  { pid: 24, ppid: 20, session: 24, exe: { path: "/usr/sbin/sshd" }, argv: ["sshd: dev [priv]"] },
  { pid: 25, ppid: 24, session: 24, exe: { path: "/usr/sbin/sshd" }, argv: ["sshd: dev@pts/0"], uid: 1000 },
  { pid: 26, ppid: 25, session: 26, tty: 34816, exe: { path: "/usr/bin/bash" }, argv: ["-bash"], uid: 1000 },
];

export function marker(aspect: string): string {
  return binaryMarkers.find((entry) => entry.aspect === aspect && entry.weight === "support")?.id ?? "";
}

export const parts = { markers: [marker("protocol"), marker("algorithm")] };
export const user = { uid: 1000, euid: 1000, gid: 1000, user: "dev" } as const;
export const shell = { ...user, ppid: 26, session: 26, tty: 34816 } as const;
export const orphan = { ppid: 1, tty: 0 } as const;
export const container = {
  cgroup: `/system.slice/docker-${"ab".repeat(32)}.scope`,
  namespaces: { mnt: "77", pid: "78", net: "79" },
} as const;
