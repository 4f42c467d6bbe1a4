import type { MappingFact, OwnershipFact } from "../../facts/facts.ts";
import { ownerOfExecutable } from "../../facts/ownerOfExecutable.ts";
import { processKey, type ProcessFact, type ProcessKey } from "../../facts/process.ts";
import { basename } from "../../text/paths.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { oddPlace } from "../oddPlace.ts";
import { isScriptLanguage, isShell, programName, withoutVersion } from "../programName.ts";

export const check = defineCheck({
  id: "P13",
  slug: "shared-unowned-library",
  title: "Foreign library inside programs of the system",
  category: "Abnormal system behavior",
  type: "Library injection",
  severity: "critical",
  attack: ["T1574.006", "T1055"],
  maturity: "stable",
  needs: ["mappings", "processes", "ownership"],
  falsePositives: [
    "A security or monitoring agent that loads its library into every program, installed without a package.",
    "A library that was built from source into /usr/local/lib and replaces the packaged one for all programs.",
  ],
  weakness:
    "Code that was written into the memory of a process, without a file behind it, is not a mapping of a library.",
  run({ mappings, processes, ownership }): readonly Finding[] {
    const byKey = new Map(processes.map((process) => [processKey(process), process]));
    return mappings.flatMap((mapping) => judge(mapping, byKey, ownership));
  },
});

function judge(
  mapping: MappingFact,
  byKey: ReadonlyMap<ProcessKey, ProcessFact>,
  ownership: OwnershipFact,
): readonly Finding[] {
  const owner = ownership.byPath.get(mapping.path) ?? "unknown";
  const isMemory = mapping.path.startsWith("/memfd:");
  const isModified = typeof owner === "object" && owner.digest === "modified";
  if (!isMemory && owner !== "unowned" && !isModified) return [];
  const holders = mapping.processes.flatMap((key) => byKey.get(key) ?? []);
  const victims = holders.filter((process) => isPlainProgram(process, mapping, ownership));
  const programs = new Set(victims.map(({ exe }) => exe?.path ?? ""));
  const isInCore = victims.some(isCoreProgram);
  if (!isInCore && programs.size < 3) return [];
  const place = isMemory ? undefined : oddPlace(mapping.path);
  const points = isModified || place !== undefined || isMemory ? 90 : pointsOf(mapping.path, programs.size);
  if (points === 0) return [];
  const names = [...programs].slice(0, 5).map((path) => showBytes(basename(path), 60));
  const why = isModified
    ? "is not the file that its package installed"
    : isMemory
      ? "is no file but anonymous memory"
      : place === undefined
        ? "is owned by no package"
        : `lies in ${place.phrase}`;
  return [
    {
      subject: { kind: "file", path: mapping.path },
      points,
      text: `${showBytes(mapping.path, 300)} ${why}, and is loaded into ${programs.size} programs of the system (${names.join(", ")}).`,
      source: `/proc/${victims[0]?.pid ?? 0}/maps`,
      severity: points >= 90 ? "critical" : points >= 60 ? "high" : "medium",
    },
  ];
}

function pointsOf(path: string, programs: number): number {
  // Second factors are modules of the login, and the check of login modules judges them.
  if (/\/security\/pam_[^/]{1,64}\.so$/.test(path)) return 0;
  if (/^\/(?:usr\/)?lib(?:32|64|x32|exec)?\//.test(path)) return 75;
  // /usr/local/lib comes first for the dynamic loader; one library there may just be newer than the packaged one.
  if (path.startsWith("/usr/local/")) return programs >= 4 ? 60 : 45;
  if (path.startsWith("/opt/")) return 30;
  return 60;
}

/** Programs that load nothing but what they were built with, so that a foreign library was forced on them. */
function isPlainProgram(process: ProcessFact, mapping: MappingFact, ownership: OwnershipFact): boolean {
  const { exe } = process;
  if (exe === undefined || exe.isMemfd || exe.path === mapping.path) return false;
  const name = programName(process);
  if (isScriptLanguage(name) || pluginHosts.test(withoutVersion(basename(exe.path)))) return false;
  const owner = exe.isDeleted ? (ownership.byPath.get(exe.path) ?? "unknown") : ownerOfExecutable(process, ownership);
  return typeof owner === "object";
}

function isCoreProgram(process: ProcessFact): boolean {
  const name = programName(process);
  return (
    isShell(name) ||
    /^(?:systemd(?:-[a-z]+)?|sshd(?:-session)?|login|a?getty|crond?|atd|su|sudo|dbus-daemon|dbus-broker|rsyslogd|ps|top|ls|ss|netstat|lsof|find)$/.test(
      name,
    )
  );
}

/** Programs with extensions of their own, which administrators build and install without a package. */
const pluginHosts =
  /^(?:apache2?|httpd|nginx|php-fpm|php-cgi|postgres|mysqld|mariadbd|java|qemu[\w-]*|X|Xorg|gnome-[\w-]+|kwin[\w-]*|gdb|vim[\w.]*|nvim|emacs|firefox[\w-]*|chrom\w+|freeradius|radiusd|asterisk|slapd|named|snmpd|zabbix_agentd?|collectd|telegraf|fluent-bit|haproxy|varnishd|lighttpd|redis-server|mongod|dotnet|mono|uwsgi|gunicorn|R|Rscript|octave[\w-]*|obs|blender|steam\w*|wine\w*|sssd\w*|wpa_supplicant|NetworkManager|pulseaudio|pipewire|wireplumber|fail2ban-server)$/;
