import { isInterpreter } from "../checks/interpreters.ts";
import { scriptOfProcess } from "../checks/scriptOfProcess.ts";
import type { ProcessFact } from "../facts/process.ts";
import type { ByteString } from "../text/byteString.ts";
import { basename, dirname } from "../text/paths.ts";
import type { HostPicture } from "./hostPicture.ts";
import type { SubjectFindings } from "./subject.ts";

/**
 * Subjects that belong to one incident: a process, its watchdogs and children, the same
 * program started again, their configuration and scripts. Order of groups and of members
 * is the order of the input.
 */
export function groupSubjects(
  subjects: readonly SubjectFindings[],
  picture: HostPicture,
): readonly (readonly SubjectFindings[])[] {
  const sets = new DisjointSets(subjects.length);
  const firstWith = new Map<string, number>();
  for (const [index, subject] of subjects.entries()) {
    for (const trait of traits(subject, picture)) {
      const twin = firstWith.get(trait);
      if (twin === undefined) firstWith.set(trait, index);
      else sets.join(twin, index);
    }
  }
  // A child joins its parent only where the parent is itself a subject: a common shell or
  // service manager above two incidents does not make them one.
  const indexOfPid = new Map<number, number>();
  for (const [index, subject] of subjects.entries()) {
    const process = processOf(subject, picture);
    if (process !== undefined) indexOfPid.set(process.pid, index);
  }
  for (const [index, subject] of subjects.entries()) {
    const parent = indexOfPid.get(processOf(subject, picture)?.ppid ?? 0);
    if (parent !== undefined) sets.join(parent, index);
  }
  const groups = new Map<number, SubjectFindings[]>();
  for (const [index, subject] of subjects.entries()) {
    const root = sets.find(index);
    const group = groups.get(root);
    if (group) group.push(subject);
    else groups.set(root, [subject]);
  }
  return [...groups.values()];
}

export function processOf(subject: SubjectFindings, picture: HostPicture): ProcessFact | undefined {
  return subject.subject.kind === "process" ? picture.processes.get(subject.subject.key) : undefined;
}

/** Two subjects with a trait in common belong together. */
function traits(subject: SubjectFindings, picture: HostPicture): readonly string[] {
  const found = new Set<string>();
  const addFile = (path: ByteString): void => {
    if (isCommonFile(path)) return;
    found.add(`file:${path}`);
    addFolder(path);
  };
  const addFolder = (path: ByteString): void => {
    const folder = dirname(path);
    if (!isCommonFolder(folder)) found.add(`folder:${folder}`);
  };
  for (const path of subject.relatedFiles) addFile(path);
  if (subject.subject.kind === "file") addFile(subject.subject.path);
  const process = processOf(subject, picture);
  if (process?.exe !== undefined) {
    const owner = picture.owner(process);
    const isOwn = (owner === "unowned" || owner === "unknown") && !isInterpreter(process.exe.path);
    if (isOwn) {
      found.add(`inode:${process.exe.status.id}`);
      if (!process.exe.isMemfd) addFile(process.exe.path);
    }
    const script = scriptOfProcess(process);
    if (script !== undefined) addFile(script);
  }
  return [...found];
}

/** Files that many unrelated things name. */
function isCommonFile(path: ByteString): boolean {
  return (
    /^\/etc\/(?:hosts|crontab|passwd|resolv\.conf|profile|environment|bash\.bashrc|rc\.local)$/.test(path) ||
    /_history$|^\.(?:bashrc|profile|bash_profile|zshrc)$/.test(basename(path)) ||
    /^\/(?:proc|sys|dev\/(?!shm\/|mqueue\/))/.test(path)
  );
}

/** Folders in which unrelated programs lie side by side. */
function isCommonFolder(folder: ByteString): boolean {
  return (
    /^(?:\/|\.)$/.test(folder) ||
    /^\/(?:tmp|var\/tmp|dev\/shm|dev|run|var\/run|run\/user\/\d+|run\/lock|var\/lock|home|home\/[^/]+|root|opt|srv|var|mnt|media|var\/lib|var\/lib\/[^/]+|var\/spool|var\/spool\/cron(?:\/crontabs)?)$/.test(
      folder,
    ) ||
    /^\/tmp\/\.(?:X11|ICE|font|XIM|Test)-unix$/.test(folder) ||
    /^\/(?:usr\/local\/|usr\/)?(?:s?bin|lib\d*|libexec|libx32|share)(?:\/[^/]+-linux-[^/]+|\/security)?$/.test(
      folder,
    ) ||
    /^\/etc(?:\/|$)|^\/(?:usr\/)?lib\/systemd\/|^\/run\/systemd\//.test(folder) ||
    /\/(?:\.local\/bin|\.config|\.cache|\.local\/share|bin)$/.test(folder)
  );
}

class DisjointSets {
  private readonly parents: number[];

  constructor(size: number) {
    this.parents = Array.from({ length: size }, (_, index) => index);
  }

  find(index: number): number {
    let root = index;
    for (let parent = this.parents[root]; parent !== undefined && parent !== root; parent = this.parents[root])
      root = parent;
    for (let step = index; step !== root;) {
      const next = this.parents[step] ?? root;
      this.parents[step] = root;
      step = next;
    }
    return root;
  }

  join(one: number, other: number): void {
    const [low, high] = [this.find(one), this.find(other)].sort((left, right) => left - right);
    if (low !== undefined && high !== undefined) this.parents[high] = low;
  }
}
