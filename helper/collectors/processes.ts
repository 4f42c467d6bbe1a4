import { isFailure, type Host, type HostFailure } from "#core/facts/host";
import { seen, unseen, type Observed } from "#core/facts/observed";
import type { ExecutableLink, ProcessFact } from "#core/facts/process";
import { splitNul } from "#core/parsers/nulSeparated";
import { parseProcCgroup } from "#core/parsers/procCgroup";
import { parseProcStat } from "#core/parsers/procStat";
import { parseProcStatus } from "#core/parsers/procStatus";
import type { Mount } from "#core/parsers/mountinfo";
import type { ByteString } from "#core/text/byteString";
import type { CollectLimits } from "./collectOptions.ts";
import { readExecutable } from "./executable.ts";
import { Gaps, isGone } from "./gaps.ts";
import { readDescriptors } from "./descriptors.ts";

export interface ProcessesContext {
  readonly euid: number;
  readonly limits: CollectLimits;
  readonly userNames: ReadonlyMap<number, ByteString>;
  readonly mounts: readonly Mount[];
  readonly signal?: AbortSignal;
}

/** include/linux/sched.h; only the kernel sets it. */
const kernelThreadFlag = 0x0020_0000;

/** Processes between two pauses in which heartbeats and cancellation get their turn. */
const batchSize = 256;

/** Every process that listing /proc shows. */
export async function collectProcesses(
  host: Host,
  context: ProcessesContext,
): Promise<Observed<readonly ProcessFact[]>> {
  const pids = listPids(host);
  if (isFailure(pids)) return unseen(`The processes could not be listed: /proc: ${pids.failure}.`);
  if (pids.length === 0)
    return unseen("The processes could not be listed: no process file system is mounted on /proc.");
  const reader = new ProcessReader(host, context);
  const processes: ProcessFact[] = [];
  const startedAt = host.clock().monotonicNs;
  let read = 0;
  for (const pid of pids) {
    if (read >= context.limits.processes) break;
    const process = reader.read(pid);
    read += 1;
    if (process !== undefined) processes.push(process);
    if (read % batchSize === 0) {
      await host.wait(0);
      context.signal?.throwIfAborted();
      if (host.clock().monotonicNs - startedAt > context.limits.stageMs * 1e6) break;
    }
  }
  const { gaps } = reader;
  if (read < pids.length) {
    gaps.say(`Only ${read} of ${pids.length} processes were read: the limit of number or time was reached.`);
  }
  const option = hidingOption(context.mounts);
  if (option !== undefined && context.euid !== 0) {
    gaps.say(`/proc is mounted with ${option}: processes of other users are not visible, needs root.`);
  }
  return seen(processes, gaps.list());
}

/** The option of the mount on /proc that keeps other users' processes from everybody but root. */
export function hidingOption(mounts: readonly Mount[]): string | undefined {
  return mounts
    .filter(({ mountPoint }) => mountPoint === "/proc")
    .flatMap(({ superOptions }) => superOptions)
    .find((option) => option.startsWith("hidepid=") && option !== "hidepid=0" && option !== "hidepid=off");
}

/** Numbers that listing /proc shows, ascending. */
export function listPids(host: Host): readonly number[] | HostFailure {
  const names = host.list("/proc");
  if (isFailure(names)) return names;
  const pids: number[] = [];
  for (const name of names) {
    const first = name.charCodeAt(0);
    if (first < 0x30 || first > 0x39) continue;
    const pid = Number(name);
    if (Number.isInteger(pid) && pid > 0) pids.push(pid);
  }
  return pids.sort((left, right) => left - right);
}

/** Reads one process at a time and keeps what all of them together may cost. */
class ProcessReader {
  readonly gaps: Gaps;
  readonly #host: Host;
  readonly #context: ProcessesContext;
  #textBytes = 0;

  constructor(host: Host, context: ProcessesContext) {
    this.#host = host;
    this.#context = context;
    this.gaps = new Gaps(context.euid);
  }

  /** Nothing when the process ended while it was read, which is no gap: it is not running any more. */
  read(pid: number): ProcessFact | undefined {
    const folder = `/proc/${pid}`;
    const host = this.#host;
    const statText = host.read(`${folder}/stat`, 4096);
    if (isFailure(statText)) return this.#skip("process status", statText);
    const stat = parseProcStat(statText);
    if (stat.value === undefined) return this.#skip("process status", "another form");
    // Another folder of /proc is mounted over this one; the pid sweep tells what is under it.
    if (stat.value.pid !== pid) return this.#skip("process folder", "shows another process");
    const statusText = host.read(`${folder}/status`, 16_384);
    if (isFailure(statusText)) return this.#skip("process status", statusText);
    const status = parseProcStatus(statusText).value;
    if (status === undefined) return this.#skip("process status", "another form");

    const { comm, state, ppid, pgrp, session, tty, cpuTicks, nice, threadCount, startTime, policy } = stat.value;
    const { uid, euid, gid, residentBytes } = status;
    const user = this.#context.userNames.get(uid);
    const isKernelThread = (stat.value.flags & kernelThreadFlag) !== 0;
    const own = { pid, ppid, startTime, pgrp, session, tty, state, comm, uid, euid, gid, isKernelThread } as const;
    const scheduling = { nice, policy, threadCount, cpuTicks, residentBytes } as const;
    const named = user === undefined ? {} : { user };
    if (isKernelThread) {
      return { ...own, ...named, ...scheduling, ...nothingOpen, argv: [], namespaces: {}, unread: [] };
    }

    const unread: string[] = [];
    const isZombie = state === "Z" || state === "X";
    const argv = isZombie ? [] : this.#readArguments(folder, unread);
    const environ = isZombie ? undefined : this.#readEnvironment(folder, unread);
    const cgroupText = host.read(`${folder}/cgroup`, 16_384);
    const cgroup = isFailure(cgroupText) ? undefined : parseProcCgroup(cgroupText).value;
    const exe = isZombie
      ? undefined
      : this.#note("exe", "executable of a process", readExecutable(host, folder), unread);
    const cwd = isZombie
      ? undefined
      : this.#note("cwd", "working folder of a process", host.readLink(`${folder}/cwd`), unread);
    const descriptors = isZombie
      ? undefined
      : readDescriptors(host, folder, this.#context.limits.descriptorsPerProcess);
    const open =
      descriptors === undefined ? undefined : this.#note("fd", "open files of a process", descriptors, unread);
    if (open?.isCut === true) this.gaps.count("processes with more open files than are read", "cut");
    return {
      ...own,
      ...named,
      ...scheduling,
      argv,
      ...optional(exe, cwd, environ, cgroup),
      namespaces: isZombie ? {} : readNamespaces(host, folder),
      ...(open === undefined
        ? nothingOpen
        : { standardStreams: open.standardStreams, socketInodes: open.socketInodes, openFiles: open.openFiles }),
      unread,
    };
  }

  #readArguments(folder: ByteString, unread: string[]): readonly ByteString[] {
    const { cmdlineBytes, totalTextBytes } = this.#context.limits;
    const limit = this.#textBytes > totalTextBytes ? Math.min(4096, cmdlineBytes) : cmdlineBytes;
    const text = this.#note(
      "cmdline",
      "command line of a process",
      this.#host.read(`${folder}/cmdline`, limit),
      unread,
    );
    if (text === undefined) return [];
    if (text.length >= limit) {
      this.gaps.count(`command lines read to ${limit >> 10} KiB only`, "longer");
      unread.push("cmdline: cut");
    }
    this.#textBytes += text.length;
    return splitNul(text);
  }

  #readEnvironment(folder: ByteString, unread: string[]): ByteString | undefined {
    const { environBytes, totalTextBytes } = this.#context.limits;
    if (this.#textBytes > totalTextBytes) {
      this.gaps.count("environment of a process", "memory limit of the helper");
      unread.push("environ: memory limit");
      return undefined;
    }
    const answer = this.#host.read(`${folder}/environ`, environBytes);
    const environ = this.#note("environ", "environment of a process", answer, unread);
    if (environ !== undefined && environ.length >= environBytes) {
      this.gaps.count(`environments read to ${environBytes >> 10} KiB only`, "longer");
    }
    this.#textBytes += environ?.length ?? 0;
    return environ;
  }

  /** A failure becomes a counted gap and a mark on the process; a process that is just ending is neither. */
  #note<Answer extends ByteString | object>(
    field: string,
    what: string,
    answer: Answer | HostFailure,
    unread: string[],
  ): Answer | undefined {
    if (!isFailure(answer)) return answer;
    if (!isGone(answer)) this.gaps.count(what, answer);
    unread.push(`${field}: ${answer.failure}`);
    return undefined;
  }

  #skip(what: string, failure: HostFailure | string): undefined {
    if (typeof failure === "string" || !isGone(failure)) this.gaps.count(what, failure);
  }
}

const nothingOpen = { standardStreams: [], socketInodes: [], openFiles: [] } as const;

/** Only what is there: an absent property says that it could not be read. */
function optional(
  exe: ExecutableLink | undefined,
  cwd: ByteString | undefined,
  environ: ByteString | undefined,
  cgroup: ByteString | undefined,
): Pick<ProcessFact, "exe" | "cwd" | "environ" | "cgroup"> {
  return {
    ...(exe === undefined ? {} : { exe }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(environ === undefined ? {} : { environ }),
    ...(cgroup === undefined ? {} : { cgroup }),
  };
}

const namespaceNames = ["mnt", "pid", "net", "user", "cgroup"] as const;

/** The number in `mnt:[4026531841]` of each namespace that could be read. */
export function readNamespaces(host: Host, folder: ByteString): ProcessFact["namespaces"] {
  const namespaces: { -readonly [Name in keyof ProcessFact["namespaces"]]: ProcessFact["namespaces"][Name] } = {};
  for (const name of namespaceNames) {
    const link = host.readLink(`${folder}/ns/${name}`);
    if (isFailure(link)) {
      // All of them answer alike: the same permission guards every one.
      if (!isGone(link)) return namespaces;
      continue;
    }
    namespaces[name] = link.slice(name.length + 2, -1);
  }
  return namespaces;
}
