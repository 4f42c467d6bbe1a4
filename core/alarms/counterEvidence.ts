import { isInterpreter } from "../checks/interpreters.ts";
import type { ProcessFact } from "../facts/process.ts";
import { showBytes } from "../text/showBytes.ts";
import { basename } from "../text/paths.ts";
import type { Evidence } from "./alarm.ts";
import { isExcusedByOwner } from "./evidenceKind.ts";
import type { HostPicture } from "./hostPicture.ts";
import type { SubjectFindings } from "./subject.ts";

/**
 * What speaks for a process, by mechanism and never by its name. Together it takes away
 * no more than the findings that it explains have given: a trusted program that was
 * turned into a tool (a reverse shell, a preloaded library) stays accused.
 */
export function counterEvidence(subject: SubjectFindings, picture: HostPicture): readonly Evidence[] {
  const process = subject.subject.kind === "process" ? picture.processes.get(subject.subject.key) : undefined;
  if (process === undefined) return [];
  let excusable = subject.findings
    .filter(({ check }) => isExcusedByOwner(check.id))
    .reduce((sum, { finding }) => sum + finding.points, 0);
  const given: Evidence[] = [];
  for (const excuse of excuses(process, picture)) {
    const points = Math.min(-excuse.points, excusable);
    if (points <= 0) continue;
    excusable -= points;
    given.push({ ...excuse, points: -points });
  }
  return given;
}

function excuses(process: ProcessFact, picture: HostPicture): readonly Evidence[] {
  const exe = process.exe;
  if (exe === undefined) return [];
  const owner = picture.owner(process);
  const package_ = picture.ownership?.byPath.get(exe.path);
  const packageName = typeof package_ === "object" ? showBytes(package_.package, 100) : "";
  const isTrusted = (owner === "intact" || owner === "upgraded") && !isInterpreter(exe.path);
  const found: Evidence[] = [];
  if (isTrusted && owner === "intact")
    found.push({
      rule: "packageIntact",
      points: -40,
      source: `/proc/${process.pid}/exe`,
      text: `The executable belongs to the package ${packageName}, and its digest is the one that the package database has.`,
    });
  if (isTrusted && owner === "upgraded")
    found.push({
      rule: "packageUpgraded",
      points: -30,
      source: `/proc/${process.pid}/exe`,
      text: `The package ${packageName} was upgraded while this process ran; the new file at its path is intact.`,
    });
  const unit = packagedUnit(process, picture);
  if (unit !== undefined && owner !== "unowned" && owner !== "modified")
    found.push({
      rule: "packagedUnit",
      points: -20,
      source: `/proc/${process.pid}/cgroup`,
      text: `It runs in the control group of ${unit}, which a package owns, and was started by the service manager.`,
    });
  if (isTrusted && isStartedByOwned(process, picture))
    found.push({
      rule: "ownedParent",
      points: -10,
      source: `/proc/${process.pid}/stat`,
      text: "Its parent is a package's own intact program as well, in the same session.",
    });
  if (owner === "unowned" && isBuildOutput(process, picture))
    found.push({
      rule: "runByBuildTool",
      points: -20,
      source: `/proc/${process.pid}/stat`,
      text: "A package's own intact program started it, waits for it, and shares its session and user.",
    });
  return found;
}

/** The packaged systemd unit whose control group holds the process, when its parent fits that as well. */
function packagedUnit(process: ProcessFact, picture: HostPicture): string | undefined {
  const name = /\/([^/]+\.service)$/.exec(process.cgroup ?? "")?.[1];
  if (name === undefined) return undefined;
  const candidates = [...picture.textByPath.values()].filter(
    ({ topic, path }) => topic === "unit" && basename(path) === unitFile(name),
  );
  // A copy or a drop-in under /etc wins over the packaged unit, and is the operator's or the attacker's.
  if (candidates.length === 0 || candidates.some(({ path }) => !isOwnedIntact(path, picture))) return undefined;
  const parent = picture.byPid.get(process.ppid);
  const isExpectedParent = process.ppid === 1 || parent?.cgroup === process.cgroup;
  return isExpectedParent ? showBytes(name, 100) : undefined;
}

/** The file of a unit: `x@.service` for the instance `x@y.service`. */
function unitFile(name: string): string {
  return name.replace(/@.+\.service$/, "@.service");
}

function isOwnedIntact(path: string, picture: HostPicture): boolean {
  const owner = picture.ownership?.byPath.get(path);
  return typeof owner === "object" && owner.digest === "intact";
}

function isStartedByOwned(process: ProcessFact, picture: HostPicture): boolean {
  const parent = picture.byPid.get(process.ppid);
  return parent !== undefined && parent.pid !== 1 && parent.session === process.session && isIntact(parent, picture);
}

/**
 * A compiler driver, a test runner or a build tool that runs what it has just built: the
 * parent is a native program of a package, is still there, and has the same session and
 * user. Interpreters and launchers do not count, they run what an attacker gives them.
 */
function isBuildOutput(process: ProcessFact, picture: HostPicture): boolean {
  const parent = picture.byPid.get(process.ppid);
  if (parent?.exe === undefined || parent.pid === 1) return false;
  return (
    isIntact(parent, picture) &&
    !isInterpreter(parent.exe.path) &&
    parent.session === process.session &&
    parent.uid === process.uid &&
    parent.tty === process.tty &&
    !isDaemon(parent)
  );
}

function isIntact(process: ProcessFact, picture: HostPicture): boolean {
  return picture.owner(process) === "intact";
}

/** cron, sshd, at and their like start whatever an attacker registered with them. */
function isDaemon(process: ProcessFact): boolean {
  return (
    process.ppid === 1 ||
    /^\/usr\/s?bin\/(?:cron|crond|atd|sshd|sshd-session|login|screen|tmux)/.test(process.exe?.path ?? "")
  );
}
