import type { Alarm } from "#core/alarms/alarm";
import type { TriageDocument } from "#core/alarms/triageDocument";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import type { HostOverview } from "#core/hosts/overview";
import type { OpsError } from "#core/opsError";
import type { IsolatedFile } from "#core/plans/isolatedFile";
import type { HostEntry } from "../hosts/hostEntry.ts";
import type { Prerequisite } from "../hosts/prerequisites.ts";

export type Connection =
  | { readonly kind: "disconnected" }
  | { readonly kind: "connecting"; readonly phase: string }
  | { readonly kind: "connected"; readonly isRoot: boolean; readonly user: string; readonly clockSkewMs: number }
  | { readonly kind: "failed"; readonly error: OpsError };

/** Everything the workbench knows about one host. Plain data; the views are projections of it. */
export interface HostState {
  readonly entry: HostEntry;
  readonly connection: Connection;
  readonly prerequisites: readonly Prerequisite[];
  readonly overview?: HostOverview;
  /** The last triage of this window, or of an earlier one from the cache. */
  readonly triage?: TriageDocument;
  /** When the triage arrived here, by the operator's own clock. */
  readonly triagedAt?: number;
  readonly alarms: readonly Alarm[];
  readonly isolated?: readonly IsolatedFile[];
  readonly autostart?: AutostartDocument;
  /** A running request, in words. */
  readonly activity?: string;
}

export function initialState(entry: HostEntry): HostState {
  return { entry, connection: { kind: "disconnected" }, prerequisites: [], alarms: [] };
}

/** How well a host is known to be. Only `clear` may ever be shown in green. */
export type HostHealth =
  | { readonly kind: "unknown" }
  | { readonly kind: "alarms"; readonly count: number; readonly worst: Alarm["severity"] }
  /** Nothing was found, but checks could not look; with `notRun` 0, none looked at all. */
  | { readonly kind: "partial"; readonly notRun: number }
  | { readonly kind: "clear" };

export function hostHealth(state: HostState): HostHealth {
  const open = state.alarms.filter((alarm) => alarm.state === "toBeHandled");
  if (open.length > 0) {
    const worst = open.map((alarm) => alarm.severity).sort((a, b) => severityOrder[b] - severityOrder[a])[0] ?? "low";
    return { kind: "alarms", count: open.length, worst };
  }
  if (state.triage === undefined) return { kind: "unknown" };
  const { notRun, stats } = state.triage;
  // An answer that looked at nothing has no check that failed either; it clears nobody.
  const hasLooked = stats.processes > 0 && stats.checksRun > 0;
  return notRun.length > 0 || !hasLooked ? { kind: "partial", notRun: notRun.length } : { kind: "clear" };
}

const severityOrder: Readonly<Record<Alarm["severity"], number>> = { low: 0, medium: 1, high: 2, critical: 3 };
