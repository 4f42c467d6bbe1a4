import type { CpuWindow, ExecutableFact, Facts, HiddenPid, HostFact, OwnershipFact, TextFact } from "../facts/facts.ts";
import type { FileId } from "../facts/host.ts";
import type { Observed } from "../facts/observed.ts";
import { processKey, type ProcessFact, type ProcessKey } from "../facts/process.ts";
import type { SocketFact } from "../facts/socket.ts";
import { ownerOf, type ProgramOwner } from "../checks/ownerOf.ts";
import type { ByteString } from "../text/byteString.ts";

/**
 * The facts as the judge looks things up in them. A fact that could not be seen is
 * empty here: the judge draws no conclusion from what is absent, and counter-evidence
 * that rests on it is not given.
 */
export interface HostPicture {
  readonly host?: HostFact;
  readonly processes: ReadonlyMap<ProcessKey, ProcessFact>;
  readonly byPid: ReadonlyMap<number, ProcessFact>;
  readonly childrenOf: ReadonlyMap<number, readonly ProcessFact[]>;
  readonly socketsOf: ReadonlyMap<number, readonly SocketFact[]>;
  readonly hidden: ReadonlyMap<ProcessKey, HiddenPid>;
  readonly executables: ReadonlyMap<FileId, ExecutableFact>;
  readonly executableByPath: ReadonlyMap<ByteString, ExecutableFact>;
  readonly textByPath: ReadonlyMap<ByteString, TextFact>;
  readonly ownership?: OwnershipFact;
  readonly cpu?: CpuWindow;
  owner(process: ProcessFact): ProgramOwner;
}

export function pictureOf(facts: Facts): HostPicture {
  const processList = valueOf(facts.processes) ?? [];
  const host = valueOf(facts.host);
  const ownership = valueOf(facts.ownership);
  const cpu = valueOf(facts.cpu);
  const executables = valueOf(facts.executables) ?? new Map<FileId, ExecutableFact>();
  const sockets = valueOf(facts.sockets) ?? [];
  return {
    ...(host && { host }),
    ...(ownership && { ownership }),
    ...(cpu && { cpu }),
    processes: new Map(processList.map((process) => [processKey(process), process])),
    byPid: new Map(processList.map((process) => [process.pid, process])),
    childrenOf: groupBy(processList, ({ ppid }) => [ppid]),
    socketsOf: groupBy(sockets, ({ pids }) => pids),
    hidden: new Map((valueOf(facts.pidSweep)?.hidden ?? []).map((pid) => [processKey(pid), pid])),
    executables,
    executableByPath: new Map([...executables.values()].map((executable) => [executable.path, executable])),
    textByPath: new Map((valueOf(facts.texts) ?? []).map((text) => [text.path, text])),
    owner: (process) => (host && ownership ? ownerOf(process, ownership, host) : "unknown"),
  };
}

function valueOf<T>(fact: Observed<T>): T | undefined {
  return fact.kind === "seen" ? fact.value : undefined;
}

function groupBy<T>(items: readonly T[], keysOf: (item: T) => readonly number[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items)
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  return groups;
}
