import type { Alarm } from "#core/alarms/alarm";
import type { NotRun, TriageDocument } from "#core/alarms/triageDocument";
import type { HostState } from "#extension/state/hostState";
import { hostileAlarm } from "./hostileHost.ts";

/** An alarm with plain words, for tests that look at one of its fields. */
export function alarmOf(id: number, fields: Partial<Alarm> = {}): Alarm {
  return { ...hostileAlarm("plain"), id: id.toString(16).padStart(16, "0"), title: `Alarm ${id}`, ...fields };
}

/** What a triage found and could not look at. */
export function triageOf(alarms: readonly Alarm[], notRun: readonly NotRun[] = []): TriageDocument {
  return {
    schema: "countermine/triage@1",
    host: {
      id: "0".repeat(32),
      bootId: "boot",
      name: "web-1",
      os: "Debian 12",
      kernel: "6.1.0",
      architecture: "x86_64",
      cores: 2,
      memoryBytes: 2 ** 30,
      uptimeSeconds: 60,
      wallMs: 1_700_000_000_000,
    },
    alarms,
    notRun,
    stats: {
      processes: 120,
      sockets: 8,
      checksRun: 24,
      checksClear: 24,
      elapsedMs: 900,
      at: 1_700_000_000_000,
      mode: "balanced",
    },
  };
}

/** A connected host without anything known about it. */
export function hostOf(address: string, fields: Partial<HostState> = {}): HostState {
  return {
    entry: { address },
    connection: { kind: "connected", isRoot: true, user: "ops", clockSkewMs: 0 },
    prerequisites: [],
    alarms: [],
    ...fields,
  };
}
