import type { HostFact, OwnershipFact } from "../facts/facts.ts";
import { ownerOfExecutable } from "../facts/ownerOfExecutable.ts";
import type { ProcessFact } from "../facts/process.ts";

/**
 * What the package database says about the program that runs.
 *
 * - `intact`: a package owns the path, its digest fits, and the running inode is the one at that path
 * - `upgraded`: a package owns the path intact, but the process still runs an older inode of it
 * - `modified`: a package owns the path and the digest does not fit
 * - `unowned`: the database was read and does not list the path
 * - `unknown`: nothing can be said: no database, no digest, or a container with files of its own
 */
export type ProgramOwner = "intact" | "upgraded" | "modified" | "unowned" | "unknown";

export function ownerOf(process: ProcessFact, ownership: OwnershipFact, host: HostFact): ProgramOwner {
  const owner = ownerOfExecutable(process, ownership);
  if (owner === "unowned") return owner;
  if (owner !== "unknown") return owner.digest === "unknown" ? "unknown" : owner.digest;
  // An inode without a name is known by the path that it had. In a container the same
  // path is another file, which must neither be accused nor excused by the host's database.
  const exe = process.exe;
  if (exe === undefined || !(exe.isDeleted || exe.isReplaced) || !sharesMounts(process, host)) return "unknown";
  const former = ownership.byPath.get(exe.path) ?? "unknown";
  if (former === "unowned" || former === "unknown") return former;
  return former.digest === "intact" ? "upgraded" : "unknown";
}

/** False when the process sees another file tree; true when its namespace could not be read. */
function sharesMounts(process: ProcessFact, host: HostFact): boolean {
  const namespace = process.namespaces.mnt;
  if (namespace === undefined || namespace === host.mountNamespace) return true;
  // systemd gives services with PrivateTmp a mount namespace of their own over the same
  // files. Only a cgroup that a container runtime made says that the files are others.
  return !isContainerCgroup(process.cgroup ?? "");
}

/** Cgroups as Docker, containerd, CRI-O, podman, Kubernetes, LXC and systemd-nspawn name them. */
export function isContainerCgroup(cgroup: string): boolean {
  return /(?:^|\/)(?:docker|kubepods|lxc|lxc\.payload|libpod|machine\.slice|crio|containerd|buildkit|podman)(?:[/.-]|$)|[0-9a-f]{64}|\/(?:docker|libpod|crio|cri-containerd|nerdctl)-/.test(
    cgroup,
  );
}
