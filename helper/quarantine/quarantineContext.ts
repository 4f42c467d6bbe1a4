import type { ExecutionContext } from "#helper/execute/context";
import type { PolicyContext } from "#helper/policy/neverTouch";
import type { RecordStore } from "./recordStore.ts";

/** What the quarantine needs: where its records are, who asks, and what may not be touched. */
export interface QuarantineContext {
  readonly execution: ExecutionContext;
  readonly policy: PolicyContext;
  readonly records: RecordStore;
  readonly stateFolder: Buffer;
}
