import type { ByteString } from "../text/byteString.ts";
import type { FileId, FileStatus } from "./host.ts";
import type { Observed } from "./observed.ts";
import type { ProcessFact, ProcessKey } from "./process.ts";
import type { SocketFact } from "./socket.ts";

/** Everything a run knows about a host. Checks get the part that they declare in `needs`. */
export interface Facts {
  readonly host: Observed<HostFact>;
  readonly processes: Observed<readonly ProcessFact[]>;
  readonly sockets: Observed<readonly SocketFact[]>;
  readonly cpu: Observed<CpuWindow>;
  readonly texts: Observed<readonly TextFact[]>;
  readonly executables: Observed<ReadonlyMap<FileId, ExecutableFact>>;
  readonly ownership: Observed<OwnershipFact>;
  readonly mappings: Observed<readonly MappingFact[]>;
  readonly pidSweep: Observed<PidSweep>;
  readonly pamModules: Observed<readonly ModuleFact[]>;
}

export type FactName = keyof Facts;

export interface HostFact {
  /** Stable across reboots: the SHA-256 of /etc/machine-id with a fixed salt, 32 hex digits. */
  readonly id: string;
  readonly bootId: string;
  readonly name: string;
  /** `uname -m` */
  readonly architecture: string;
  readonly kernel: string;
  /** PRETTY_NAME of os-release, or `unknown`. */
  readonly os: string;
  /** ID of os-release. */
  readonly osId: string;
  readonly cores: number;
  readonly clockTicksPerSecond: number;
  readonly uptimeSeconds: number;
  readonly wallMs: number;
  readonly memoryBytes: number;
  /** Effective uid of the helper: other than 0 means that many facts have gaps. */
  readonly euid: number;
  /** `device:inode` style namespace numbers of the helper itself. */
  readonly mountNamespace: string;
  readonly pidNamespace: string;
}

/** CPU use over one short window, from the schedstat of every task, summed over threads. */
export interface CpuWindow {
  readonly elapsedNs: number;
  readonly cores: number;
  /** Busy share of all cores from /proc/stat in the same window, 0 to 1. */
  readonly busyShare: number;
  readonly byProcess: ReadonlyMap<ProcessKey, ProcessCpu>;
}

export interface ProcessCpu {
  /** Run time of all threads within the window. */
  readonly runNs: number;
  /** Run time per thread within the window, largest first, at most 256. */
  readonly threadRunNs: readonly number[];
}

/** Which kind of file a text is, so that a check reads only what concerns it. */
export type TextTopic =
  | "preload"
  | "cron"
  | "unit"
  | "profile"
  | "hosts"
  | "minerConfig"
  | "script"
  | "history"
  | "pam"
  | "rcLocal";

/** The head of a text file that may start, configure or hide something. */
export interface TextFact {
  readonly topic: TextTopic;
  readonly path: ByteString;
  readonly status: FileStatus;
  /** At most 256 KiB. */
  readonly content: ByteString;
  readonly isTruncated: boolean;
  /** Processes that hold it, run it, or have it beside their executable. */
  readonly processes: readonly ProcessKey[];
  /** For preload: how each way of looking saw the file, to find a hider. */
  readonly views?: readonly { readonly source: string; readonly sees: string }[];
}

/** What an executable file is made of; collected for those that no package owns intact. */
export interface ExecutableFact {
  readonly path: ByteString;
  readonly sha256?: string;
  readonly size: number;
  /** Ids of the literals of core/knowledge/binaryMarkers.ts that occur in it. */
  readonly markers: readonly string[];
  /** `elf`, `script`, or what the first bytes say. */
  readonly format: "elf" | "script" | "other";
  readonly isTruncated: boolean;
}

/** Who a path belongs to according to the package database that was read directly. */
export interface PackageOwner {
  readonly manager: "dpkg" | "rpm" | "apk";
  readonly package: string;
  /** Digest of the file against the database: `unknown` where the database has none or the file could not be read. */
  readonly digest: "intact" | "modified" | "unknown";
}

/** `unowned` is a statement (the database was read and does not list it); `unknown` is not. */
export type Ownership = PackageOwner | "unowned" | "unknown";

export interface OwnershipFact {
  readonly manager: "dpkg" | "rpm" | "apk" | "none";
  /** What the database says about the file that has this path on the host itself now. */
  readonly byPath: ReadonlyMap<ByteString, Ownership>;
  /**
   * The same for running executables by inode. A process in a container, or one whose
   * file was replaced, may show the path of a package file and run another one: such an
   * inode is not in here. Use {@link ownerOfExecutable} to judge a process.
   */
  readonly byFile: ReadonlyMap<FileId, Ownership>;
}

/** A file mapped executable into several processes. */
export interface MappingFact {
  readonly path: ByteString;
  readonly processes: readonly ProcessKey[];
}

/** Pids found by asking for each number, against those that listing /proc showed. */
export interface PidSweep {
  readonly swept: number;
  readonly hidden: readonly HiddenPid[];
}

export interface HiddenPid {
  readonly pid: number;
  readonly startTime: number;
  readonly comm: ByteString;
  readonly exePath?: ByteString;
  /** Which ways showed it, and which did not. */
  readonly shownBy: readonly string[];
  readonly hiddenFrom: readonly string[];
  /** A mount over /proc/PID, when that is how it is hidden. */
  readonly coveredBy?: ByteString;
}

export interface ModuleFact {
  readonly path: ByteString;
  readonly status: FileStatus;
  /** Files under /etc/pam.d that name it. */
  readonly usedBy: readonly ByteString[];
}
