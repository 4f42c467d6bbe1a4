import type { FileId } from "#core/facts/host";
import type { ProcessIdentity, ProcessKey } from "#core/facts/process";
import { processKey } from "#core/facts/process";
import type { Plan, PlanStep, Refusal, Respawn, StepResult } from "#core/plans/plan";
import type { Journal, JournalLine, UndoData } from "#helper/journal/journal";
import { newJournalId } from "#helper/journal/journal";
import type { PolicyContext } from "#helper/policy/neverTouch";
import type { QuarantineContext } from "#helper/quarantine/quarantineContext";
import type { StateDirectory } from "#helper/quarantine/stateDirectory";
import type { ExecutionContext } from "./context.ts";
import type { Sample } from "./evidence.ts";
import type { FrozenProcess } from "./freeze.ts";

/** Everything that the steps of one plan share while it is applied. */
export class ApplySession {
  readonly plan: Plan;
  readonly execution: ExecutionContext;
  readonly state: StateDirectory;
  readonly journal: Journal;
  readonly policy: PolicyContext;
  readonly quarantine: QuarantineContext;
  readonly signal: AbortSignal | undefined;
  /** Everything frozen so far, each held by its /proc folder. */
  readonly frozen = new Map<ProcessKey, FrozenProcess>();
  /** What was frozen for each target. */
  readonly trees = new Map<ProcessKey, readonly FrozenProcess[]>();
  /** Targets whose evidence could not be kept: they stay frozen and are not killed. */
  readonly withoutEvidence = new Set<ProcessKey>();
  /** Sizes of the samples kept, so that watching need not read other programs. */
  readonly sampleSizes = new Set<string>();
  /** Executables kept so far, by inode: many processes may run the same one. */
  readonly samples = new Map<FileId, Sample>();
  readonly respawned: Respawn[] = [];
  readonly refused: Refusal[] = [];

  constructor(parts: {
    readonly plan: Plan;
    readonly execution: ExecutionContext;
    readonly state: StateDirectory;
    readonly journal: Journal;
    readonly policy: PolicyContext;
    readonly quarantine: QuarantineContext;
    readonly signal: AbortSignal | undefined;
  }) {
    this.plan = parts.plan;
    this.execution = parts.execution;
    this.state = parts.state;
    this.journal = parts.journal;
    this.policy = parts.policy;
    this.quarantine = parts.quarantine;
    this.signal = parts.signal;
  }

  /** Opens a journal entry for a step. The first call of `record` must come before the change. */
  entry(step: PlanStep, target: string): StepEntry {
    const id = newJournalId();
    return {
      id,
      record: (state, detail, undoData) =>
        this.journal.append({
          id,
          operator: this.execution.operator,
          plan: this.plan.id,
          step: step.id,
          kind: step.kind,
          target,
          state,
          detail,
          undoData,
        }),
    };
  }

  treeOf(identity: ProcessIdentity): readonly FrozenProcess[] {
    return this.trees.get(processKey(identity)) ?? [];
  }

  close(): void {
    for (const frozen of this.frozen.values()) frozen.live.close();
    this.frozen.clear();
  }
}

interface StepEntry {
  readonly id: string;
  readonly record: (state: JournalLine["state"], detail: string, undoData: UndoData) => JournalLine;
}

export type StepOutcome = Pick<StepResult, "state" | "detail" | "journal">;

export const nothingToUndo = (reason: string): UndoData => ({ kind: "none", reason });
