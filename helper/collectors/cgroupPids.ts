import { isFailure, type Host } from "#core/facts/host";
import type { Mount } from "#core/parsers/mountinfo";
import type { ByteString } from "#core/text/byteString";
import type { Gaps } from "./gaps.ts";

const mostFolders = 20_000;

/**
 * Pids by walking cgroup.procs, which a rootkit that hooks the listing of /proc seldom
 * thinks of. Every process is in one control group of the unified and of systemd's
 * hierarchy.
 */
export function cgroupPids(host: Host, mounts: readonly Mount[], gaps: Gaps): ReadonlySet<number> {
  const pids = new Set<number>();
  const folders: ByteString[] = mounts.filter(isProcessHierarchy).map(({ mountPoint }) => mountPoint);
  let walked = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    walked += 1;
    if (walked > mostFolders) {
      gaps.say(`Only ${mostFolders} control groups were walked for hidden processes.`);
      break;
    }
    const text = host.read(`${folder}/cgroup.procs`, 4 << 20);
    // A threaded group answers EOPNOTSUPP; its processes are listed by the group above.
    for (const line of isFailure(text) ? [] : text.split("\n")) {
      // Processes outside of this pid namespace are shown as 0.
      if (/^[1-9]\d*$/.test(line)) pids.add(Number(line));
    }
    for (const child of childFolders(host, folder)) folders.push(child);
  }
  return pids;
}

function isProcessHierarchy({ type, superOptions }: Mount): boolean {
  return type === "cgroup2" || (type === "cgroup" && superOptions.includes("name=systemd"));
}

/**
 * Groups below a group. The link count of a folder there is two plus its folders, which
 * spares the listing of most. Names are not trusted: a group may be called like a
 * control file.
 */
function childFolders(host: Host, folder: ByteString): readonly ByteString[] {
  const status = host.stat(folder);
  if (isFailure(status) || status.nlink === 2) return [];
  const names = host.list(folder);
  if (isFailure(names)) return [];
  return names.map((name) => `${folder}/${name}`).filter((path) => isFolder(host, path));
}

function isFolder(host: Host, path: ByteString): boolean {
  const status = host.stat(path, { follow: false });
  return !isFailure(status) && status.kind === "directory";
}
