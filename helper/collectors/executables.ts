import { createHash } from "node:crypto";
import type { ExecutableFact } from "#core/facts/facts";
import { isFailure, type FileId, type Host } from "#core/facts/host";
import { seen, type Observed } from "#core/facts/observed";
import type { ProcessFact } from "#core/facts/process";
import type { CollectLimits } from "./collectOptions.ts";
import { Gaps, isGone } from "./gaps.ts";
import { LiteralSearch, type Literal } from "./literalSearch.ts";

export interface ExecutablesContext {
  readonly euid: number;
  readonly limits: CollectLimits;
  readonly binaryMarkers: readonly Literal[];
  readonly signal?: AbortSignal;
}

/** Digest, format and miner literals of what suspects run, read through /proc/PID/exe so that deleted files are no exception. */
export async function collectExecutables(
  host: Host,
  suspects: readonly ProcessFact[],
  context: ExecutablesContext,
): Promise<Observed<ReadonlyMap<FileId, ExecutableFact>>> {
  const gaps = new Gaps(context.euid);
  const facts = new Map<FileId, ExecutableFact>();
  const startedAt = host.clock().monotonicNs;
  let bytes = 0;
  for (const { pid, exe } of suspects) {
    if (exe === undefined || facts.has(exe.status.id)) continue;
    await host.wait(0);
    context.signal?.throwIfAborted();
    const isLate = host.clock().monotonicNs - startedAt > context.limits.stageMs * 1e6;
    if (isLate || facts.size >= context.limits.suspects || bytes > context.limits.digestBytes) {
      gaps.count("executables that were not read", "limit of number, size or time");
      continue;
    }
    const search = new LiteralSearch(context.binaryMarkers);
    let head = "";
    const hash = createHash("sha256");
    let read = 0;
    const status = host.readPieces(`/proc/${pid}/exe`, context.limits.executableBytes, (piece) => {
      if (read === 0) head = String.fromCharCode(...piece.subarray(0, 4));
      hash.update(piece);
      search.feed(piece);
      read += piece.length;
    });
    bytes += read;
    if (isFailure(status)) {
      if (!isGone(status)) gaps.count("executable of a process", status);
      continue;
    }
    // The pid may have been reused since the process was listed; then this is another file.
    if (status.id !== exe.status.id) continue;
    const isTruncated = read < status.size;
    if (isTruncated) gaps.count(`executables read to ${context.limits.executableBytes >> 20} MiB only`, "larger");
    facts.set(status.id, {
      path: exe.path,
      ...(isTruncated ? {} : { sha256: hash.digest("hex") }),
      size: status.size,
      markers: search.found(),
      format: formatOf(head),
      isTruncated,
    });
  }
  return seen(facts, gaps.list());
}

function formatOf(head: string): ExecutableFact["format"] {
  if (head === "\x7fELF") return "elf";
  return head.startsWith("#!") ? "script" : "other";
}
