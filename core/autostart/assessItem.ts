import type { Ownership } from "../facts/facts.ts";
import type { FileStatus } from "../facts/host.ts";
import type { AutostartEntry, RiskReason } from "./autostartClass.ts";
import { judgePath } from "./commandRisk.ts";

/** What the collector learned about an entry beyond its text. */
export interface EntrySurroundings {
  /** Of the file that holds the entry; of what it leads to, when it is a link to a file. */
  readonly status: FileStatus;
  readonly owner: Ownership;
  readonly isImmutable: boolean;
  /** Absent when the entry names no program, or one that cannot be a path. */
  readonly program?:
    | { readonly kind: "missing" | "unknown"; readonly path: string }
    | { readonly kind: "found"; readonly path: string; readonly status: FileStatus; readonly owner: Ownership };
}

/** The reasons of the text and those that only the file system and the package database show, without repeats. */
export function assessItem(entry: AutostartEntry, around: EntrySurroundings): readonly RiskReason[] {
  const risk = new Set<RiskReason>(entry.risk);
  const { status, owner, program } = around;
  const isRoots = entry.runUser === "root" || entry.runUser === "";
  if (owner === "unowned" && isPackagePlace(entry.path)) risk.add("no package owns the file");
  if (isModified(owner)) risk.add("changed since the package was installed");
  if ((status.mode & 0o002) !== 0 && status.kind !== "symlink") risk.add("world-writable");
  if (around.isImmutable) risk.add("immutable");
  if (isRoots && status.uid !== 0 && entry.scope === "" && status.kind === "file")
    risk.add("root runs what another account may change");
  if (!program || program.path === entry.path) return [...risk];

  for (const reason of judgePath(program.path)) risk.add(reason);
  if (program.kind === "missing" && entry.enabled && entry.toleratesMissing !== true) risk.add("program is missing");
  if (program.kind === "found") {
    if (program.owner === "unowned") risk.add("no package owns the program");
    if (isModified(program.owner)) risk.add("program changed since the package was installed");
    if ((program.status.mode & 0o002) !== 0 && program.status.kind === "file") risk.add("program is world-writable");
    if (isRoots && program.status.uid !== 0) risk.add("root runs what another account may change");
  }
  return [...risk];
}

function isModified(owner: Ownership): boolean {
  return typeof owner === "object" && owner.digest === "modified";
}

/** Folders that packages fill; what an administrator or a user writes elsewhere, and what Debian's scripts make (/etc/profile), belongs to no package. */
function isPackagePlace(path: string): boolean {
  return /^\/(?:usr\/(?!local\/)|lib|bin|sbin|etc\/(?:cron|systemd\/|init\.d|profile\.d\/|bash|ld\.so|zsh|fish|skel))/.test(
    path,
  );
}
