import { createHash } from "node:crypto";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildOnce } from "./buildOnce.ts";
import { type DebianSuite, debootstrap } from "./debootstrap.ts";
import { labUsers } from "./labUsers.ts";
import { buildMiniRoot } from "./miniRoot.ts";
import { labCachePath } from "./paths.ts";
import { mustRun } from "./runCommand.ts";

/** `mini` is the worst case: static busybox as its whole userland, and no libc in a standard place. */
export type LabSuite = DebianSuite | "mini";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const commonPackages = words(`
  systemd systemd-sysv dbus libpam-systemd openssh-server cron sudo procps iproute2 e2fsprogs
  at nftables iptables login passwd acl attr libcap2-bin curl
`);
const packages: Readonly<Record<LabSuite, readonly string[]>> = {
  bullseye: commonPackages,
  bookworm: [
    ...commonPackages,
    ...words("redis-server redis-tools sqlite3 xz-utils openssl gcc libc6-dev make strace"),
  ],
  trixie: commonPackages,
  // miniRoot.ts names what it takes from Debian.
  mini: [],
};
/** Raised when the preparation below changes, so that cached roots are built anew. */
const preparation = "1";

/** Units that make no sense here, or that would change the host under a test's feet. */
const maskedUnits = words(`
  getty@tty1.service console-getty.service systemd-udevd.service systemd-resolved.service
  e2scrub_reap.service e2scrub_all.timer fstrim.timer apt-daily.timer apt-daily-upgrade.timer
  dpkg-db-backup.timer systemd-timesyncd.service
`);

/** Path of the read-only root of a suite; built by debootstrap (1-2 minutes) the first time. */
export async function ensureRootFileSystem(suite: LabSuite): Promise<string> {
  const text = JSON.stringify([packages[suite], labUsers, maskedUnits, preparation]);
  const key = `${suite}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
  return await buildOnce(join(labCachePath(), "roots", key), async (folder) => {
    if (suite === "mini") return await buildMiniRoot(folder);
    await debootstrap({ suite, folder, include: packages[suite], downloadOnly: false });
    await prepare(folder);
  });
}

async function prepare(root: string): Promise<void> {
  const chroot = async (argv: readonly string[], input?: string): Promise<string> =>
    await mustRun(["chroot", root, ...argv], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      ...(input === undefined ? {} : { input }),
    });
  for (const user of labUsers) {
    if (user.sudo !== "root") await chroot(["useradd", "-m", "-s", "/bin/bash", "-u", `${user.uid}`, user.name]);
    if (user.sudo === "nopasswd") writeSudoers(root, user.name, "ALL=(ALL) NOPASSWD:ALL");
    if (user.sudo === "password") writeSudoers(root, user.name, "ALL=(ALL) ALL");
  }
  await chroot(["chpasswd"], labUsers.map((user) => `${user.name}:${user.password}\n`).join(""));
  for (const unit of maskedUnits) symlinkSync("/dev/null", join(root, "etc/systemd/system", unit));
  await chroot(["systemctl", "disable", "redis-server"]).catch(() => "only where it is installed");
  await chroot(["sh", "-c", "rm -f /etc/ssh/ssh_host_*"]);
  rmSync(join(root, "etc/resolv.conf"), { force: true });
  for (const path of ["etc/resolv.conf", "etc/machine-id", "etc/hostname"]) writeFileSync(join(root, path), "");
  rmSync(join(root, "var/lib/dbus/machine-id"), { force: true });
}

function writeSudoers(root: string, name: string, rule: string): void {
  mkdirSync(join(root, "etc/sudoers.d"), { recursive: true });
  writeFileSync(join(root, "etc/sudoers.d", name), `${name} ${rule}\n`, { mode: 0o440 });
}
