import type { ProcessIdentity } from "../facts/process.ts";

/**
 * The unit of response: what will be done, to exactly what, and how it is taken back.
 * A plan is data; nothing happens until the helper is asked to apply exactly this plan,
 * and the helper checks every precondition again at the last moment.
 */
export interface Plan {
  readonly schema: "countermine/plan@1";
  readonly id: string;
  readonly title: string;
  /** Which host this plan is for; another host, or the same after a reboot, refuses it. */
  readonly host: { readonly id: string; readonly name: string; readonly bootId: string };
  /** Milliseconds since the epoch, the host's clock. */
  readonly createdAt: number;
  readonly alarms: readonly string[];
  readonly steps: readonly PlanStep[];
  readonly refused: readonly Refusal[];
  /** What cannot be taken back, one sentence each; shown before anyone agrees. */
  readonly irreversible: readonly string[];
  /** SHA-256 over the canonical JSON of all fields but this one. */
  readonly digest: string;
}

export interface Refusal {
  readonly target: string;
  readonly reason: string;
}

export type PlanStep = FreezeStep | EvidenceStep | QuarantineStep | KillStep | WatchStep | RestoreStep | DeleteStep;

interface StepBase {
  /** `s1`, `s2`, ... in the order of execution. */
  readonly id: string;
  /** What must still be true at the last moment, in words; the target carries it as data. */
  readonly precondition: string;
  /** What will have changed. */
  readonly effect: string;
  /** How it is taken back, in words. */
  readonly undo: string;
  readonly undoable: boolean;
  readonly risk: "none" | "low" | "high";
}

export interface FreezeStep extends StepBase {
  readonly kind: "freeze";
  readonly target: ProcessTarget;
  /** Also everything that descends from the target, and what appears while freezing, until nothing new does. */
  readonly includeTree: boolean;
  /** A packaged database or DNS server is refused without this. */
  readonly override?: "importantService";
}

export interface EvidenceStep extends StepBase {
  readonly kind: "evidence";
  readonly target: ProcessTarget;
}

export interface QuarantineStep extends StepBase {
  readonly kind: "quarantine";
  readonly target: FileTarget;
  /** A file that a package owns with an intact digest is refused without this. */
  readonly override?: "packageOwned";
}

export interface KillStep extends StepBase {
  readonly kind: "kill";
  readonly target: ProcessTarget;
  readonly includeTree: boolean;
  readonly override?: "importantService";
}

/** Looks for the same executable or command line coming back. */
export interface WatchStep extends StepBase {
  readonly kind: "watch";
  readonly seconds: number;
  readonly target: {
    readonly kind: "respawn";
    readonly sha256: readonly string[];
    readonly cmdlines: readonly string[];
  };
}

export interface RestoreStep extends StepBase {
  readonly kind: "restore";
  readonly target: IsolatedTarget;
  /** Where to, when not to the original path. */
  readonly to?: { readonly path: string; readonly pathBase64?: string };
  /** A folder that other users can write to is refused without this. */
  readonly override?: "writableParent";
}

export interface DeleteStep extends StepBase {
  readonly kind: "delete";
  readonly target: IsolatedTarget;
}

export interface ProcessTarget extends ProcessIdentity {
  readonly kind: "process";
  /** For people, safe to show. */
  readonly exe: string;
  readonly cmdline: string;
  readonly user: string;
  readonly sha256?: string;
}

export interface FileTarget {
  readonly kind: "file";
  readonly path: string;
  readonly pathBase64?: string;
  /** The process through whose root directory the path is meant, when it lives in another mount namespace. */
  readonly through?: ProcessIdentity;
  /** `device:inode` */
  readonly id: string;
  readonly size: number;
  /** Nanoseconds since the epoch, decimal. */
  readonly mtimeNs: string;
  readonly sha256: string;
  readonly owner: string;
  /** Other names of the same inode that were found. */
  readonly otherNames: readonly string[];
}

export interface IsolatedTarget {
  readonly kind: "isolated";
  /** Id of the quarantine record. */
  readonly id: string;
  readonly path: string;
  readonly sha256: string;
}

export interface PlanResult {
  readonly schema: "countermine/result@1";
  readonly plan: string;
  readonly steps: readonly StepResult[];
  readonly respawned: readonly Respawn[];
  readonly refused: readonly Refusal[];
}

export interface StepResult {
  readonly id: string;
  readonly kind: PlanStep["kind"];
  readonly state: "done" | "skipped" | "refused" | "drifted" | "failed";
  readonly detail: string;
  /** Id of the journal entry that undo names, when something changed. */
  readonly journal?: string;
}

export interface Respawn {
  readonly pid: number;
  readonly startTime: number;
  readonly exe: string;
  readonly cmdline: string;
  readonly parent: string;
}
