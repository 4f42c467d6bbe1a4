import type { FileTarget, Plan, ProcessTarget, Refusal } from "../plans/plan.ts";
import type { Sha256 } from "../plans/sealPlan.ts";

/** What every plan carries, whoever makes it. */
export interface PlanFrame {
  /** Unique; undo and the journal name it. */
  readonly id: string;
  readonly host: Plan["host"];
  /** Milliseconds since the epoch, the host's clock. */
  readonly createdAt: number;
  readonly alarms: readonly string[];
  readonly sha256: Sha256;
}

/** A process that was asked for, as it was found and judged. */
export interface ResolvedProcess {
  readonly target: ProcessTarget;
  /** Everything that descends from it now, nearest first; it is frozen and killed with it. */
  readonly tree: readonly ProcessTarget[];
  /** Why it must stay; undefined when it may be acted on. */
  readonly refusal?: string;
  readonly override?: "importantService";
  /** The executable has no name on the disk (deleted, or in memory only): it can be kept as evidence, not isolated. */
  readonly isNameless: boolean;
  /** By what it would be recognised if it came back: never a packaged program or a command line that innocent ones share. */
  readonly marks: RespawnMarks;
}

export interface RespawnMarks {
  readonly sha256: readonly string[];
  readonly cmdlines: readonly string[];
}

/** A file that was asked for, or that a process runs, as it was found and judged. */
export interface ResolvedFile {
  readonly target: FileTarget;
  readonly refusal?: string;
  readonly override?: "packageOwned";
  /** What a restored copy will lack, one sentence each; empty when it will be identical. */
  readonly lossy: readonly string[];
  /** Names of the inode that exist and were not found. */
  readonly missingNames: number;
  /** It lives in a container's layer: starting the image again may bring it back. */
  readonly isInContainer: boolean;
  /** Processes that run it now; they go on without their file unless they are targets too. */
  readonly runningPids: readonly number[];
}

export interface ResponseInput {
  readonly frame: PlanFrame;
  readonly processes: readonly ResolvedProcess[];
  readonly files: readonly ResolvedFile[];
  /** What could not be resolved at all. */
  readonly refused: readonly Refusal[];
}
