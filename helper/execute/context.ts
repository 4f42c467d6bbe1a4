import type { ByteString } from "#core/text/byteString";
import type { OwnershipLookup } from "#helper/policy/ownershipLookup";

/** Everything an action needs to know about where and for whom it acts. */
export interface ExecutionContext {
  /** Absolute and canonical; made with mode 0700 when it does not exist. */
  readonly stateDir: ByteString;
  /** Who asked: user@machine as the operator's side says. */
  readonly operator: string;
  readonly host: { readonly id: string; readonly name: string; readonly bootId: string };
  readonly ownership: OwnershipLookup;
  readonly log: (message: string) => void;
  /** Only tests hand one in: called at named points so that a crash can be placed there. */
  readonly failPoint?: (name: FailPoint) => void;
}

/** Points between two changes on the disk, in the order in which they are passed. */
export type FailPoint =
  | "isolate.intent"
  | "isolate.neutralised"
  | "isolate.copied"
  | "isolate.stored"
  | "isolate.firstNameGone"
  | "isolate.unlinked"
  | "isolate.done"
  | "restore.intent"
  | "restore.copied"
  | "restore.metadata"
  | "restore.linked"
  | "restore.tempGone"
  | "restore.verified"
  | "delete.intent"
  | "delete.contentGone"
  | "freeze.stopped"
  | "kill.intent"
  | "kill.sent"
  | "journal.torn";
