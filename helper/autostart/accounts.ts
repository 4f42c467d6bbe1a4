import type { Home } from "#core/autostart/autostartClass";
import { type Host, isFailure } from "#core/facts/host";
import { parseMountinfo } from "#core/parsers/mountinfo";
import { type Account, parsePasswd } from "#core/parsers/passwd";
import type { ByteString } from "#core/text/byteString";

interface People {
  readonly accounts: readonly Account[];
  readonly homes: readonly Home[];
  /** What could not be read, one sentence each. */
  readonly gaps: readonly string[];
}

/**
 * Accounts, and every folder that may be somebody's home: those in passwd, and what
 * lies under /home, /var/lib and /srv, because a deleted account leaves its start files
 * behind and a service account may have been given a home by hand. Homes on network
 * file systems are left out: a server that is down would hang the inventory.
 */
export function readPeople(host: Host): People {
  const gaps: string[] = [];
  const passwd = host.read("/etc/passwd", 4 * 2 ** 20);
  if (isFailure(passwd)) gaps.push(`/etc/passwd: ${passwd.failure}; homes were taken from /home and /root alone.`);
  const accounts = isFailure(passwd) ? [] : parsePasswd(passwd).value;
  const remote = networkMounts(host);
  const homes = new Map<ByteString, Home>();
  const add = (path: ByteString, user?: ByteString): void => {
    const clean = path.length > 1 ? path.replace(/\/+$/, "") : path;
    if (!clean.startsWith("/") || homes.has(clean)) return;
    const status = remote.some((mount) => clean === mount || clean.startsWith(`${mount}/`))
      ? "remote"
      : host.stat(clean);
    if (status === "remote") {
      gaps.push("Homes on network file systems were not read.");
      return;
    }
    if (isFailure(status)) {
      if (status.failure !== "ENOENT" && status.failure !== "ENOTDIR")
        gaps.push(`A home could not be read: ${status.failure}.`);
      return;
    }
    if (status.kind !== "directory") return;
    homes.set(clean, {
      path: clean,
      user: user ?? accounts.find(({ uid }) => uid === status.uid)?.name ?? String(status.uid),
    });
  };
  for (const { name, home } of accounts) add(home, name);
  add("/root", "root");
  for (const folder of ["/home", "/var/lib", "/srv"]) {
    const names = host.list(folder);
    if (isFailure(names)) {
      if (names.failure !== "ENOENT" && names.failure !== "ENOTDIR") gaps.push(`${folder}: ${names.failure}.`);
      continue;
    }
    for (const name of [...names].sort()) add(`${folder}/${name}`);
  }
  return { accounts, homes: [...homes.values()], gaps: [...new Set(gaps)] };
}

const networkTypes =
  /^(?:nfs\d?|cifs|smb\w*|ceph|glusterfs|lustre|afs|9p|beegfs|gpfs|autofs|fuse\.(?:sshfs|glusterfs|ceph.*|rclone|s3fs|davfs.*))$/;

function networkMounts(host: Host): readonly ByteString[] {
  const mounts = host.read("/proc/self/mountinfo", 8 << 20);
  if (isFailure(mounts)) return [];
  return parseMountinfo(mounts)
    .value.filter(({ type }) => networkTypes.test(type))
    .map(({ mountPoint }) => mountPoint);
}
