import type { MappingFact } from "#core/facts/facts";
import { isFailure, type Host } from "#core/facts/host";
import { seen, unseen, type Observed } from "#core/facts/observed";
import { processKey, type ProcessFact, type ProcessKey } from "#core/facts/process";
import { parseProcMaps } from "#core/parsers/procMaps";
import { basename } from "#core/text/paths";
import type { ByteString } from "#core/text/byteString";
import type { CollectLimits } from "./collectOptions.ts";
import { Gaps, isGone } from "./gaps.ts";
import type { OwnershipCollector } from "./ownership.ts";

export interface MappingsContext {
  readonly euid: number;
  readonly limits: CollectLimits;
  readonly mountNamespace: string;
  readonly ownership: OwnershipCollector;
  readonly signal?: AbortSignal;
}

const mapsBytes = 4 << 20;
const batchSize = 32;

/**
 * Files that are mapped executable into root's programs, sshd and shells, and that no
 * package owns intact. A library of a package that is mapped nearly everywhere says
 * nothing, so it is left out.
 */
export async function collectMappings(
  host: Host,
  processes: readonly ProcessFact[],
  context: MappingsContext,
): Promise<Observed<readonly MappingFact[]>> {
  const gaps = new Gaps(context.euid);
  const holders = new Map<ByteString, ProcessKey[]>();
  const deleted = new Set<ByteString>();
  const startedAt = host.clock().monotonicNs;
  let read = 0;
  let skipped = 0;
  for (const process of processes.filter(isOfInterest)) {
    if (host.clock().monotonicNs - startedAt > context.limits.stageMs * 1e6) {
      skipped += 1;
      continue;
    }
    const text = host.read(`/proc/${process.pid}/maps`, mapsBytes);
    if (isFailure(text)) {
      if (!isGone(text)) gaps.count("memory map of a process", text);
      continue;
    }
    read += 1;
    if (text.length >= mapsBytes) gaps.count(`memory maps read to ${mapsBytes >> 20} MiB only`, "longer");
    for (const { path, inode, saysDeleted } of parseProcMaps(text).value) {
      if (path === process.exe?.path) continue;
      if (process.namespaces.mnt !== context.mountNamespace && !isSameOnHost(host, path, inode)) continue;
      if (saysDeleted) deleted.add(path);
      const keys = holders.get(path);
      if (keys === undefined) holders.set(path, [processKey(process)]);
      else keys.push(processKey(process));
    }
    if (read % batchSize === 0) {
      await host.wait(0);
      context.signal?.throwIfAborted();
    }
  }
  if (skipped > 0) gaps.say(`The memory maps of ${skipped} processes were not read: the time limit was reached.`);
  if (read === 0) return unseen("No memory map could be read, needs root.");
  const paths = [...holders.keys()].filter((path) => !path.startsWith("/memfd:") && !path.startsWith("/dev/"));
  await context.ownership.ask(paths, { verify: true });
  const mappings: MappingFact[] = [];
  for (const [path, keys] of holders) {
    const owner = context.ownership.of(path);
    // A package upgrade leaves the old library mapped until each program restarts.
    if (typeof owner === "object" && (owner.digest !== "modified" || deleted.has(path))) continue;
    mappings.push({ path, processes: keys });
  }
  return seen(mappings, gaps.list());
}

const shells = new Set(["sh", "bash", "dash", "zsh", "ash", "ksh"]);

function isOfInterest({ isKernelThread, exe, euid }: ProcessFact): boolean {
  if (isKernelThread || exe === undefined) return false;
  const name = basename(exe.path);
  return euid === 0 || name.startsWith("sshd") || shells.has(name);
}

/** A service with a mount namespace of its own mostly sees the same files as the host; a container does not. */
function isSameOnHost(host: Host, path: ByteString, inode: string): boolean {
  const status = host.stat(path);
  return !isFailure(status) && status.id.endsWith(`:${inode}`);
}
