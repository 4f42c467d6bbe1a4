/** One line of the host's journal as people see it: what was done, when, by whom, and what can still be taken back. */
export interface JournalEntry {
  readonly id: string;
  /** Milliseconds since the epoch, the host's clock. */
  readonly at: number;
  /** Who asked: user@machine as the operator's side says. */
  readonly operator: string;
  readonly plan: string;
  readonly step: string;
  readonly kind: string;
  readonly target: string;
  /** `intent` alone means that the helper ended in the middle: `recover` settles it. */
  readonly state: "intent" | "done" | "failed" | "undone" | "recovered";
  readonly detail: string;
  readonly undoable: boolean;
}
