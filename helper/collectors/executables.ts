import { createHash } from "node:crypto";
import type { ExecutableFact } from "#core/facts/facts";
import { isFailure, type FileId, type Host } from "#core/facts/host";
import { seen, type Observed } from "#core/facts/observed";
import type { ProcessFact } from "#core/facts/process";
import type { BinaryMarker, CollectLimits } from "./collectOptions.ts";
import { Gaps, isGone } from "./gaps.ts";

export interface ExecutablesContext {
  readonly euid: number;
  readonly limits: CollectLimits;
  readonly binaryMarkers: readonly BinaryMarker[];
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
  const markers = context.binaryMarkers.map(({ id, literal }) => ({ id, needle: Buffer.from(literal, "latin1") }));
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
    const search = new LiteralSearch(markers);
    const hash = createHash("sha256");
    let read = 0;
    const status = host.readPieces(`/proc/${pid}/exe`, context.limits.executableBytes, (piece) => {
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
      format: search.format(),
      isTruncated,
    });
  }
  return seen(facts, gaps.list());
}

/** Looks for literals in a file that comes in pieces; a literal may lie across two of them. */
class LiteralSearch {
  readonly #left: Map<string, readonly Buffer[]>;
  readonly #found: string[] = [];
  readonly #overlap: number;
  #tail: Buffer = Buffer.alloc(0);
  #head: Buffer | undefined;

  constructor(markers: readonly { readonly id: string; readonly needle: Buffer }[]) {
    this.#left = new Map();
    for (const { id, needle } of markers) this.#left.set(id, [...(this.#left.get(id) ?? []), needle]);
    this.#overlap = Math.max(0, ...markers.map(({ needle }) => needle.length - 1));
  }

  feed(piece: Uint8Array): void {
    const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    this.#head ??= Buffer.from(view.subarray(0, 4));
    if (this.#left.size === 0) return;
    const seam = Buffer.concat([this.#tail, view.subarray(0, this.#overlap)]);
    for (const [id, needles] of this.#left) {
      if (!needles.some((needle) => view.includes(needle) || seam.includes(needle))) continue;
      this.#found.push(id);
      this.#left.delete(id);
    }
    const kept = view.length >= this.#overlap ? view.subarray(view.length - this.#overlap) : seam;
    this.#tail = Buffer.from(kept.subarray(Math.max(0, kept.length - this.#overlap)));
  }

  found(): readonly string[] {
    return [...this.#found].sort();
  }

  format(): ExecutableFact["format"] {
    const head = this.#head?.toString("latin1") ?? "";
    if (head === "\x7fELF") return "elf";
    return head.startsWith("#!") ? "script" : "other";
  }
}
