import type { OwnershipFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { showBytes } from "../../text/showBytes.ts";
import { basename } from "../../text/paths.ts";
import { defineCheck, type Finding } from "../check.ts";
import { oddPlace } from "../oddPlace.ts";
import { ProcessTree } from "../processTree.ts";

export const check = defineCheck({
  id: "P02",
  slug: "fileless-execution",
  title: "Program that exists in memory only",
  category: "Abnormal system behavior",
  type: "Memory-file process",
  severity: "critical",
  attack: ["T1620"],
  maturity: "stable",
  needs: ["processes", "ownership", "host"],
  falsePositives: [
    "A container runtime that copies itself into memory and was started by hand, not by a container manager.",
    "A protected or packed commercial program that unpacks itself into anonymous memory.",
  ],
  weakness:
    "Code that is loaded into a running interpreter or injected into another process has no executable of its own.",
  run({ processes, ownership, host }): readonly Finding[] {
    const tree = new ProcessTree(processes);
    return processes.flatMap((process) => judge(process, tree, ownership, host.clockTicksPerSecond));
  },
});

function judge(
  process: ProcessFact,
  tree: ProcessTree,
  ownership: OwnershipFact,
  ticksPerSecond: number,
): readonly Finding[] {
  const { exe } = process;
  if (exe === undefined) return [];
  const finding = (points: number, text: string): readonly Finding[] => [
    {
      subject: { kind: "process", key: processKey(process) },
      points,
      text,
      source: `/proc/${process.pid}/exe`,
      severity: points >= 80 ? "critical" : "high",
    },
  ];
  const name = showBytes(exe.path, 200);
  if (exe.isMemfd) {
    if (!isNamedLikeRuntime(exe.path))
      return finding(
        90,
        `It runs from anonymous memory (${name}): the program never was a file that could be scanned.`,
      );
    if (isCopyOfRuntime(process, tree, ownership, ticksPerSecond)) return [];
    return finding(
      70,
      `It runs from anonymous memory under the name of a container runtime (${name}), but no runtime started it.`,
    );
  }
  if (!exe.isDeleted) return [];
  // A file made with O_TMPFILE has no name at any time; the kernel shows its inode number instead.
  if (/^#\d+$/.test(basename(exe.path)))
    return finding(80, `It runs from a file that never had a name (${name}), in which nothing could find it.`);
  if (oddPlace(exe.path)?.kind === "memory")
    return finding(35, `Its file lay in memory (${name}) and was deleted: no disk ever held it.`);
  return [];
}

/** runc and crun run a sealed copy of themselves, so that a container cannot overwrite them (CVE-2019-5736). */
function isNamedLikeRuntime(path: string): boolean {
  return /^\/memfd:(?:runc_cloned|crun_cloned|libcrun|lxc|runc-dmz|youki)[\w:./-]*$/.test(path);
}

const runtimes =
  /^(?:runc|crun|youki|conmon|conmonrs|podman|buildah|skopeo|containerd|containerd-shim[\w-]*|dockerd|docker-containerd[\w-]*|buildkitd|rootlesskit|kubelet|crio|k3s|rke2|lxc[\w-]*|lxd|incusd?|nerdctl|systemd)$/;

/**
 * Anybody can give anonymous memory that name. A real copy is short-lived or waits, and
 * has a container manager above it that lies where programs belong and is not foreign
 * among the programs of packages.
 */
function isCopyOfRuntime(
  process: ProcessFact,
  tree: ProcessTree,
  ownership: OwnershipFact,
  ticksPerSecond: number,
): boolean {
  if (process.cpuTicks > 5 * ticksPerSecond) return false;
  return tree.ancestorsOf(process, 3).some((ancestor) => {
    const { exe } = ancestor;
    if (exe === undefined || exe.isMemfd || oddPlace(exe.path) !== undefined) return false;
    const name = basename(exe.path);
    if (!runtimes.test(name) || (name === "systemd" && ancestor.pid === 1)) return false;
    const isForeign =
      ownership.byPath.get(exe.path) === "unowned" && /^\/(?:usr\/s?bin|s?bin|usr\/libexec)\//.test(exe.path);
    return !isForeign;
  });
}
