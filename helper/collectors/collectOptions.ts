import type { FactName } from "#core/facts/facts";
import { binaryMarkers } from "#core/knowledge/binaryMarkers";
import type { Literal } from "./literalSearch.ts";

/** What one collection may cost, and what it looks for. */
export interface CollectOptions {
  /** Length of the window in which CPU use is measured. */
  readonly cpuWindowMs: number;
  /** Facts to collect; all of them when absent. Processes and the host are always collected. */
  readonly facts?: readonly FactName[];
  /** Literals to look for in suspect executables. */
  readonly binaryMarkers: readonly Literal[];
  readonly limits: CollectLimits;
  readonly signal?: AbortSignal;
  /** Called when the work on a fact begins. */
  readonly onProgress?: (fact: FactName) => void;
}

export interface CollectLimits {
  readonly processes: number;
  readonly cmdlineBytes: number;
  readonly environBytes: number;
  /** Environments and command lines of all processes together. */
  readonly totalTextBytes: number;
  readonly descriptorsPerProcess: number;
  readonly socketRows: number;
  readonly executableBytes: number;
  /** Executables and libraries read for their digests, all together. */
  readonly digestBytes: number;
  readonly textBytes: number;
  readonly textFiles: number;
  readonly suspects: number;
  /** Wall time for each of: the pass over processes, the pid sweep, the digests, the mappings. */
  readonly stageMs: number;
}

export const defaultLimits: CollectLimits = {
  processes: 50_000,
  cmdlineBytes: 128 << 10,
  environBytes: 32 << 10,
  totalTextBytes: 48 << 20,
  descriptorsPerProcess: 16_384,
  socketRows: 200_000,
  executableBytes: 64 << 20,
  digestBytes: 512 << 20,
  textBytes: 256 << 10,
  textFiles: 2_000,
  suspects: 200,
  stageMs: 10_000,
};

export const defaultCollectOptions: CollectOptions = { cpuWindowMs: 1000, binaryMarkers, limits: defaultLimits };
