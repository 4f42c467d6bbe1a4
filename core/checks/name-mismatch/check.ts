import type { OwnershipFact } from "../../facts/facts.ts";
import { ownerOfExecutable } from "../../facts/ownerOfExecutable.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import type { ByteString } from "../../text/byteString.ts";
import { basename } from "../../text/paths.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isRelay, isScriptLanguage, isShell, programName, withoutVersion } from "../programName.ts";

export const check = defineCheck({
  id: "P05",
  slug: "name-mismatch",
  title: "Program that goes by the name of another",
  category: "Abnormal system behavior",
  type: "Abnormal process behaviors",
  severity: "high",
  attack: ["T1036.003", "T1036.011"],
  maturity: "stable",
  needs: ["processes", "ownership"],
  falsePositives: [
    "A system daemon that was built from source and runs from the build folder.",
    "A launcher that gives a program without a package the name of the command that started it.",
  ],
  weakness: "A program whose file, arguments and short name agree on an inconspicuous name is not seen here.",
  run({ processes, ownership }): readonly Finding[] {
    return processes.flatMap((process) => judge(process, ownership));
  },
});

/** Daemons that every operator expects and skips. They are native programs of the distribution. */
const coreDaemons =
  /^(?:systemd(?:-[a-z0-9-]+)?|init|sshd(?:-session|-auth)?|crond?|anacron|atd|dbus-(?:daemon|broker)|a?getty|mingetty|login|udevd|journald|rsyslogd|syslogd|syslog-ng|klogd|auditd|chronyd|ntpd|polkitd|irqbalance|acpid|NetworkManager|dhclient|wpa_supplicant|multipathd|lvmetad|udisksd|upowerd|accounts-daemon|packagekitd|rpcbind|snapd|thermald|kmod|modprobe)$/;

/** Services that many hosts run; builds of their own are common, so they say less. */
const commonServices =
  /^(?:apache2?|httpd|nginx|mysqld|mariadbd|postgres|redis-server|mongod|php-fpm|named|exim|dovecot|vsftpd|proftpd|haproxy|memcached)$/;

const systemFolders = /^\/(?:usr\/)?(?:bin|sbin|lib|lib32|lib64|libexec)\//;
/** Where whole products lie with launchers that name the program after the command. */
const productFolders = /^\/(?:usr\/local|opt|snap|nix|gnu|home\/linuxbrew|var\/lib\/(?:snapd|flatpak))\//;

interface Claim {
  readonly name: ByteString;
  readonly source: "cmdline" | "comm";
  /** The whole path of a system folder is claimed, or a title as the real daemon sets it. */
  readonly isElaborate: boolean;
  /** The whole path of a system folder is claimed. */
  readonly isPath: boolean;
}

function judge(process: ProcessFact, ownership: OwnershipFact): readonly Finding[] {
  const { exe } = process;
  if (exe === undefined || process.isKernelThread || process.pid === 1) return [];
  const hints = claimsOf(process).map((claim) => weigh(process, claim, isForeign(process, ownership)));
  const strongest = hints.filter((hint) => hint !== undefined).sort((left, right) => right.points - left.points)[0];
  if (strongest === undefined) return [];
  return [
    {
      subject: { kind: "process", key: processKey(process) },
      points: strongest.points,
      text: `It calls itself ${showBytes(strongest.claim.name, 100)}, but the program is ${showBytes(exe.path, 300)}.`,
      source: `/proc/${process.pid}/${strongest.claim.source}`,
      severity: strongest.points >= 40 ? "high" : "medium",
    },
  ];
}

function weigh(
  process: ProcessFact,
  claim: Claim,
  foreign: boolean,
): { readonly points: number; readonly claim: Claim } | undefined {
  const path = process.exe?.path ?? "";
  const file = withoutVersion(basename(path).replace(/\.bin$/, ""));
  const rank = coreDaemons.test(claim.name) ? "core" : commonServices.test(claim.name) ? "common" : "other";
  const program = programName(process);
  if (isShell(program) || isScriptLanguage(program) || isRelay(program)) {
    // A script gives its own name to the process; init scripts are named after their daemon.
    if (rank === "other" || isNameOfScript(process, claim.name)) return undefined;
    return { points: rank === "core" ? 60 : 45, claim };
  }
  if (!foreign) return undefined;
  if (file === claim.name || file === withoutVersion(claim.name) || basename(path).slice(0, 15) === claim.name) {
    // The right name in the wrong place: a system daemon lies in a folder of the system.
    const isMisplaced = rank === "core" && !systemFolders.test(path) && !productFolders.test(path);
    if (!isMisplaced) return undefined;
    return { points: claim.isPath ? 60 : 35, claim };
  }
  if (rank === "core") return { points: claim.isElaborate ? 60 : 45, claim };
  if (productFolders.test(path)) return undefined;
  if (rank === "common") return { points: 35, claim };
  return claim.isElaborate ? { points: 30, claim } : undefined;
}

function claimsOf({ argv, comm }: ProcessFact): readonly Claim[] {
  const first = (argv[0] ?? "").slice(0, 4096).trim();
  const word = first.split(/\s/, 1)[0] ?? "";
  const name = basename(word.replace(/:$/, "")).replace(/^-/, "");
  const isTitle = /^[\w.-]{1,32}:\s/.test(first);
  const isPath = systemFolders.test(word);
  const claims: Claim[] = [];
  if (name !== "") claims.push({ name, source: "cmdline", isElaborate: isTitle || isPath, isPath });
  if (comm !== "" && comm !== name) claims.push({ name: comm, source: "comm", isElaborate: false, isPath: false });
  return claims;
}

/**
 * True when no package answers for the executable. Where the database says nothing (none,
 * a container, a deleted file), programs in system folders get the benefit of the doubt:
 * one binary with many names is common there.
 */
function isForeign(process: ProcessFact, ownership: OwnershipFact): boolean {
  const { exe } = process;
  if (exe === undefined) return false;
  if (exe.isMemfd) return true;
  const owner = exe.isDeleted ? (ownership.byPath.get(exe.path) ?? "unknown") : ownerOfExecutable(process, ownership);
  if (typeof owner === "object") return owner.digest === "modified";
  return owner === "unowned" ? !isMultiCall(exe.path) : !systemFolders.test(exe.path);
}

/** One static binary with the names of many tools, in a folder of the system. */
function isMultiCall(path: ByteString): boolean {
  return systemFolders.test(path) && /^(?:busybox|toybox|coreutils|uutils|sbase-box)/.test(basename(path));
}

function isNameOfScript({ argv }: ProcessFact, name: ByteString): boolean {
  return argv.slice(1, 8).some((argument) => basename(argument.slice(0, 4096)).slice(0, 15) === name.slice(0, 15));
}
