import type {
  CpuWindow,
  ExecutableFact,
  Facts,
  HostFact,
  MappingFact,
  ModuleFact,
  Ownership,
  PidSweep,
  TextFact,
} from "#core/facts/facts";
import type { FileStatus } from "#core/facts/host";
import { seen } from "#core/facts/observed";
import type { ExecutableLink, ProcessFact } from "#core/facts/process";
import { processKey } from "#core/facts/process";
import type { SocketFact } from "#core/facts/socket";

/**
 * Facts as a fixture writes them: only what the case is about. Everything left out gets
 * the value of an ordinary daemon, so that an innocent fixture is innocent for the
 * reason that it names. Strings are bytes, one character each.
 */
export interface FactsFixture {
  readonly host?: Partial<HostFact>;
  readonly processes?: readonly ProcessFixture[];
  readonly sockets?: readonly Partial<SocketFact>[];
  /** Seconds of CPU within a ten-second window on four cores, by pid; a list gives it per thread. */
  readonly cpuSeconds?: Readonly<Record<string, number | readonly number[]>>;
  readonly texts?: readonly TextFixture[];
  readonly executables?: Readonly<Record<string, Partial<ExecutableFact>>>;
  /** By path; a path that is not listed is owned by a package and intact when it is in a system folder, and unowned otherwise. */
  readonly ownership?: Readonly<Record<string, Ownership>>;
  readonly mappings?: readonly { readonly path: string; readonly pids: readonly number[] }[];
  readonly hidden?: PidSweep["hidden"];
  readonly pamModules?: readonly (Partial<ModuleFact> & { readonly path: string })[];
}

type ProcessFixture = Omit<Partial<ProcessFact>, "exe"> & {
  readonly pid: number;
  readonly exe?: (Partial<Omit<ExecutableLink, "status">> & { readonly status?: Partial<FileStatus> }) | null;
};

type TextFixture = Omit<Partial<TextFact>, "processes"> &
  Pick<TextFact, "topic" | "path" | "content"> & { readonly pids?: readonly number[] };

const status: FileStatus = {
  kind: "file",
  id: "1:1",
  size: 100_000,
  mode: 0o755,
  uid: 0,
  gid: 0,
  nlink: 1,
  mtimeNs: "1700000000000000000",
  ctimeNs: "1700000000000000000",
};

const bootId = "00000000-0000-4000-8000-000000000000";
const windowNs = 10e9;
const cores = 4;

export function expandFacts(fixture: FactsFixture): Facts {
  const processes = (fixture.processes ?? []).map(expandProcess);
  const keyOf = (pid: number): string => {
    const process = processes.find((candidate) => candidate.pid === pid);
    return process ? processKey(process) : `${pid}@0`;
  };
  const paths = new Set([
    ...processes.flatMap(({ exe }) => (exe ? [exe.path] : [])),
    ...(fixture.mappings ?? []).map(({ path }) => path),
    ...(fixture.pamModules ?? []).map(({ path }) => path),
    ...(fixture.texts ?? []).flatMap(({ path, content }) => [path, ...pathsIn(content)]),
    ...processes.flatMap(({ argv, environ = "" }) => [...argv, environ].flatMap(pathsIn)),
    ...Object.keys(fixture.ownership ?? {}),
  ]);
  const byPath = new Map([...paths].map((path) => [path, fixture.ownership?.[path] ?? ordinaryOwner(path)] as const));
  return {
    host: seen({ ...host, ...fixture.host }),
    processes: seen(processes),
    sockets: seen((fixture.sockets ?? []).map(expandSocket)),
    cpu: seen(expandCpu(fixture.cpuSeconds ?? {}, keyOf)),
    texts: seen(
      (fixture.texts ?? []).map(({ pids = [], ...text }) => ({
        status,
        isTruncated: false,
        processes: pids.map(keyOf),
        ...text,
      })),
    ),
    executables: seen(
      new Map(
        Object.entries(fixture.executables ?? {}).map(([pid, executable]) => {
          const process = processes.find((candidate) => String(candidate.pid) === pid);
          return [
            process?.exe?.status.id ?? pid,
            {
              path: process?.exe?.path ?? "",
              size: 100_000,
              markers: [],
              format: "elf",
              isTruncated: false,
              ...executable,
            },
          ] as const;
        }),
      ),
    ),
    ownership: seen({
      manager: "dpkg",
      byPath,
      byFile: new Map(
        processes.flatMap(({ exe }) =>
          exe === undefined || exe.isDeleted || exe.isReplaced
            ? []
            : [[exe.status.id, byPath.get(exe.path) ?? "unknown"] as const],
        ),
      ),
    }),
    mappings: seen(
      (fixture.mappings ?? []).map(({ path, pids }): MappingFact => ({ path, processes: pids.map(keyOf) })),
    ),
    pidSweep: seen({ swept: 32_768, hidden: fixture.hidden ?? [] }),
    pamModules: seen((fixture.pamModules ?? []).map((module) => ({ status, usedBy: [], ...module }))),
  };
}

const host: HostFact = {
  id: "0123456789abcdef0123456789abcdef",
  bootId,
  name: "fixture",
  architecture: "x86_64",
  kernel: "6.1.0",
  os: "Debian GNU/Linux 12 (bookworm)",
  osId: "debian",
  cores,
  clockTicksPerSecond: 100,
  uptimeSeconds: 100_000,
  wallMs: 1_750_000_000_000,
  memoryBytes: 8 * 2 ** 30,
  euid: 0,
  mountNamespace: "4026531841",
  pidNamespace: "4026531836",
};

function expandProcess({ exe, ...process }: ProcessFixture): ProcessFact {
  const isKernelThread = process.isKernelThread ?? false;
  return {
    ppid: 1,
    startTime: 1000 + process.pid,
    pgrp: process.pid,
    session: process.pid,
    tty: 0,
    state: "S",
    comm: (process.argv?.[0] ?? exe?.path ?? "daemon").replace(/^.*\//, "").slice(0, 15),
    argv: exe?.path === undefined ? [] : [exe.path],
    ...(exe === null || isKernelThread ? {} : { exe: expandExe(process.pid, exe ?? {}) }),
    cwd: "/",
    uid: 0,
    euid: process.uid ?? 0,
    gid: 0,
    isKernelThread,
    nice: 0,
    policy: 0,
    threadCount: 1,
    cpuTicks: 10,
    residentBytes: 10 * 2 ** 20,
    environ: "PATH=/usr/bin:/bin\0",
    cgroup: "/system.slice/fixture.service",
    namespaces: { mnt: host.mountNamespace, pid: host.pidNamespace },
    standardStreams: ["/dev/null", "/dev/null", "/dev/null"],
    socketInodes: [],
    openFiles: [],
    unread: [],
    ...process,
  };
}

function expandExe(pid: number, exe: NonNullable<ProcessFixture["exe"]>): ExecutableLink {
  return {
    path: "/usr/sbin/daemon",
    isDeleted: false,
    isMemfd: false,
    isReplaced: false,
    ...exe,
    status: { ...status, id: `8:${pid}`, ...exe.status },
  };
}

function expandSocket(socket: Partial<SocketFact>): SocketFact {
  return {
    protocol: "tcp",
    namespace: "4026531840",
    inode: "1",
    localAddress: "192.0.2.10",
    localPort: 40_000,
    remoteAddress: "0.0.0.0",
    remotePort: 0,
    state: "ESTABLISHED",
    uid: 0,
    pids: [],
    ...socket,
  };
}

function expandCpu(seconds: NonNullable<FactsFixture["cpuSeconds"]>, keyOf: (pid: number) => string): CpuWindow {
  const byProcess = new Map(
    Object.entries(seconds).map(([pid, value]) => {
      const threads = (typeof value === "number" ? [value] : [...value]).map((second) => second * 1e9);
      const runNs = threads.reduce((sum, thread) => sum + thread, 0);
      return [keyOf(Number(pid)), { runNs, threadRunNs: threads }] as const;
    }),
  );
  const total = [...byProcess.values()].reduce((sum, { runNs }) => sum + runNs, 0);
  return { elapsedNs: windowNs, cores, busyShare: Math.min(1, total / (windowNs * cores)), byProcess };
}

/** Absolute paths that a text names, as far as a fixture writes them. */
function pathsIn(text: string): readonly string[] {
  return text.match(/(?<![^\s\0:=;'"<>(|])\/[^\s\0:;'"<>|)]+/g) ?? [];
}

function ordinaryOwner(path: string): Ownership {
  const isSystemPath = /^\/(usr\/(?!local\/)|bin\/|sbin\/|lib)/.test(path);
  return isSystemPath ? { manager: "dpkg", package: "fixture-package", digest: "intact" } : "unowned";
}
