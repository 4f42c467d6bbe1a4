import { isInPackageFolder } from "../checks/packageFolder.ts";
import type { Evidence } from "./alarm.ts";
import type { HostPicture } from "./hostPicture.ts";
import type { SubjectFindings } from "./subject.ts";

/**
 * Circumstances that make findings about a process weigh more. They are no findings:
 * thousands of innocent programs are unowned, so they count only on top of one.
 */
export function aggravatingContext(
  subject: SubjectFindings,
  picture: HostPicture,
  host: { readonly hidesFiles: boolean },
): readonly Evidence[] {
  const process = subject.subject.kind === "process" ? picture.processes.get(subject.subject.key) : undefined;
  if (process?.exe === undefined) return [];
  const owner = picture.owner(process);
  if (owner !== "unowned" && owner !== "modified") return [];
  const source = `/proc/${process.pid}/exe`;
  const found: Evidence[] = [];
  if (owner === "modified")
    found.push({
      rule: "modified",
      points: 30,
      source,
      text: "A package owns the executable, and its content was changed.",
    });
  else if (!process.exe.isMemfd && isInPackageFolder(process.exe.path))
    found.push({
      rule: "unownedAmongPackages",
      points: 20,
      source,
      text: "The executable lies where only packages put programs, and no package owns it.",
    });
  else found.push({ rule: "unowned", points: 10, source, text: "No package owns the executable." });
  if (host.hidesFiles)
    found.push({
      rule: "hiddenHost",
      points: 25,
      source: "/etc/ld.so.preload",
      text: "Something on this host hides files or processes, and this program is of unknown origin.",
    });
  return found;
}

/** True when a finding that is not about this process says that something hides files or processes. */
export function hidesFiles(subjects: readonly SubjectFindings[]): boolean {
  return subjects.some(
    ({ subject, findings }) =>
      subject.kind !== "process" && findings.some(({ check, finding }) => hiders.has(check.id) && finding.points >= 40),
  );
}

const hiders: ReadonlySet<string> = new Set(["R01", "R02", "R04", "R05", "R07", "P13"]);
