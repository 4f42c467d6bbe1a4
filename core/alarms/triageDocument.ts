import type { HostSummary } from "../hosts/host.ts";
import type { Alarm } from "./alarm.ts";

/** The result of one triage, as `countermine triage --format json` prints it. */
export interface TriageDocument {
  readonly schema: "countermine/triage@1";
  readonly host: HostSummary;
  readonly alarms: readonly Alarm[];
  /** Checks that could not look, or only in part; a host with any of these is not known to be well. */
  readonly notRun: readonly NotRun[];
  readonly stats: TriageStats;
}

export interface NotRun {
  readonly check: string;
  readonly reason: string;
}

export interface TriageStats {
  readonly processes: number;
  readonly sockets: number;
  readonly checksRun: number;
  readonly checksClear: number;
  /** Milliseconds from request to result, by the host's monotonic clock. */
  readonly elapsedMs: number;
  /** Milliseconds since the epoch, the host's clock. */
  readonly at: number;
  readonly mode: string;
}
