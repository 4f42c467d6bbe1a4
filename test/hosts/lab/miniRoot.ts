import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { debootstrap } from "./debootstrap.ts";
import { labUsers } from "./labUsers.ts";
import { mustRun } from "./runCommand.ts";

/** Programs of the SSH server; they stay in a folder of their own with the only libc of the host. */
const sshPrograms = ["usr/sbin/dropbear", "usr/bin/dropbearconvert"];
const privateFolder = "/opt/ssh";

/**
 * Builds the root of the mini suite: static busybox is its whole userland. Debian has no static SSH server,
 * so dropbear comes with its libraries and its own loader in /opt/ssh, where patchelf makes it look; nothing
 * else of the host can start a program that needs glibc, because no loader and no libc are where it asks for them.
 */
export async function buildMiniRoot(root: string): Promise<void> {
  const unpacked = `${root}.unpacked`;
  rmSync(unpacked, { recursive: true, force: true });
  try {
    await unpack(unpacked);
    await layOut(root, unpacked);
    await copySshServer(root, unpacked);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

/** The packages come from debootstrap, and so with their signatures checked. */
async function unpack(folder: string): Promise<void> {
  const include = ["busybox-static", "dropbear-bin", "patchelf"];
  await debootstrap({ suite: "bookworm", folder, include, downloadOnly: true });
  const archives = join(folder, "var/cache/apt/archives");
  for (const name of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
    await mustRun(["dpkg-deb", "-x", join(archives, name), folder]);
  }
}

async function layOut(root: string, unpacked: string): Promise<void> {
  for (const folder of ["bin", "sbin", "etc/init.d", "etc/dropbear", "proc", "sys", "dev", "run", "mnt"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const folder of ["usr/bin", "usr/sbin", "var/log", "var/tmp", "tmp", "opt"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const folder of ["tmp", "var/tmp"]) chmodSync(join(root, folder), 0o1777);
  const busybox = join(root, "bin/busybox");
  copyFileSync(join(unpacked, "bin/busybox"), busybox);
  chmodSync(busybox, 0o755);
  for (const applet of (await mustRun([busybox, "--list"])).trim().split("\n")) {
    if (applet !== "busybox" && applet !== "init") symlinkSync("/bin/busybox", join(root, "bin", applet));
  }
  symlinkSync("/bin/busybox", join(root, "sbin/init"));
  const lines = { passwd: "", shadow: "", group: "tty:x:5:\nnogroup:x:65534:\n" };
  for (const user of labUsers) {
    const hash = (await mustRun([busybox, "mkpasswd", "-m", "sha512", user.password])).trim();
    lines.passwd += `${user.name}:x:${user.uid}:${user.uid}::${user.home}:/bin/sh\n`;
    lines.shadow += `${user.name}:${hash}:19000:0:99999:7:::\n`;
    lines.group += `${user.name}:x:${user.uid}:\n`;
    mkdirSync(join(root, user.home), { recursive: true });
    chownSync(join(root, user.home), user.uid, user.uid);
  }
  for (const [name, text] of Object.entries(lines)) writeFileSync(join(root, "etc", name), text);
  chmodSync(join(root, "etc/shadow"), 0o600);
  writeFileSync(join(root, "etc/shells"), "/bin/sh\n");
  writeFileSync(join(root, "etc/inittab"), "::respawn:/etc/init.d/dropbear\n");
  writeFileSync(join(root, "etc/init.d/dropbear"), startScript, { mode: 0o755 });
  writeFileSync(join(root, "sbin/reload"), "#!/bin/sh\nkill $(cat /run/dropbear.pid)\n", { mode: 0o755 });
}

/** The lab hands over keys in OpenSSH's format. */
const startScript = `#!/bin/sh
for type in ed25519 ecdsa; do
  rm -f /etc/dropbear/$type
  ${privateFolder}/bin/dropbearconvert openssh dropbear /etc/ssh/ssh_host_\${type}_key /etc/dropbear/$type 2>/dev/null
done
exec ${privateFolder}/bin/dropbear -F -E -P /run/dropbear.pid -r /etc/dropbear/ed25519 -r /etc/dropbear/ecdsa \\
  2>>/var/log/sshd.log
`;

async function copySshServer(root: string, unpacked: string): Promise<void> {
  const triple = readdirSync(join(unpacked, "lib")).find((name) => name.endsWith("-linux-gnu"));
  if (triple === undefined) throw new Error("libc6 was not unpacked");
  const libraries = [join(unpacked, "lib", triple), join(unpacked, "usr/lib", triple)];
  const loaderName = readdirSync(libraries[0] ?? "").find((name) => /^ld-linux.*\.so/.test(name));
  if (loaderName === undefined) throw new Error("libc6 brought no loader");
  const loader = join(libraries[0] ?? "", loaderName);
  const throughLoader = [loader, "--library-path", libraries.join(":")];
  const target = join(root, privateFolder);
  for (const folder of ["bin", "lib"]) mkdirSync(join(target, folder), { recursive: true });
  copyExecutable(loader, join(target, "lib", loaderName));
  for (const program of sshPrograms) {
    const copy = join(target, "bin", basename(program));
    copyExecutable(join(unpacked, program), copy);
    const list = await mustRun([...throughLoader, "--list", join(unpacked, program)]);
    for (const match of list.matchAll(/=> (\S+) \(/g)) {
      const [, path = ""] = match;
      if (basename(path) !== loaderName) copyExecutable(path, join(target, "lib", basename(path)));
    }
    const change = ["--set-interpreter", `${privateFolder}/lib/${loaderName}`];
    // The old RPATH form also serves the libraries' own libraries.
    const search = ["--force-rpath", "--set-rpath", `${privateFolder}/lib`];
    await mustRun([...throughLoader, join(unpacked, "usr/bin/patchelf"), ...change, ...search, copy]);
  }
}

function copyExecutable(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}
