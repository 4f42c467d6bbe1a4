import type { AlarmCategory, Severity } from "../checks/check.ts";

/**
 * One incident as a person handles it, and as the command line prints it
 * (`countermine/triage@1`). All text is already decoded and safe to show; where bytes
 * are not UTF-8 the exact ones stand beside it in a `…Base64` field.
 */
export interface Alarm {
  /** Stable over runs for the same subject: a digest of host, subject and start. 16 hex digits. */
  readonly id: string;
  /** Check ids that contributed, strongest first. */
  readonly rules: readonly string[];
  readonly category: AlarmCategory;
  readonly type: string;
  readonly title: string;
  readonly severity: Severity;
  readonly score: number;
  readonly attack: readonly string[];
  readonly process?: AlarmProcess;
  readonly parent?: AlarmProcess;
  readonly children?: readonly AlarmProcess[];
  readonly file?: AlarmFile;
  /** Further files of the same incident. */
  readonly relatedFiles?: readonly AlarmFile[];
  readonly network?: readonly AlarmConnection[];
  /** Ids of auto-start items that lead to the file or the process. */
  readonly autostart?: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly counterEvidence: readonly Evidence[];
  readonly actions: readonly AlarmAction[];
  readonly state: AlarmState;
  readonly remark?: string;
  /** Milliseconds since the epoch, the host's clock. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
}

export interface Evidence {
  /** Check id, or the name of the counter-evidence. */
  readonly rule: string;
  readonly text: string;
  /** Negative for counter-evidence. */
  readonly points: number;
  readonly source: string;
}

export interface AlarmProcess {
  readonly pid: number;
  /** Clock ticks after boot: with the pid, which process. */
  readonly startTime: number;
  readonly exe: string;
  readonly exeBase64?: string;
  /** `device:inode` */
  readonly exeId?: string;
  readonly isExeDeleted?: boolean;
  readonly cmdline: string;
  readonly user: string;
  /** -1 where it could not be read, for example of a hidden process. */
  readonly uid: number;
  /** -1 where it could not be read. */
  readonly ppid: number;
  readonly cwd?: string;
  readonly cgroup?: string;
  readonly comm: string;
  readonly sha256?: string;
  /** Share of one core within the window, 1 = a full core. */
  readonly cpuShare?: number;
}

export interface AlarmFile {
  readonly path: string;
  readonly pathBase64?: string;
  readonly id?: string;
  readonly sha256?: string;
  readonly size?: number;
  readonly mode?: number;
  readonly owner?: string;
}

export interface AlarmConnection {
  readonly protocol: string;
  readonly local: string;
  readonly remote: string;
  readonly state: string;
}

/** What may be done about this alarm (HSS: operate_accept_list). */
export type AlarmAction = "contain" | "isolateAndKill" | "markHandled" | "ignore" | "allowlist";

export type AlarmState = "toBeHandled" | "handled" | "ignored" | "allowlisted";

/** Order for sorting and for thresholds: higher is worse. */
export const severityRank: Readonly<Record<Severity, number>> = { low: 0, medium: 1, high: 2, critical: 3 };

export type DetectionMode = "sensitive" | "balanced" | "conservative";

/** Points from which subjects become an alarm; HSS calls it the report threshold. */
export const thresholds: Readonly<Record<DetectionMode, number>> = { sensitive: 35, balanced: 60, conservative: 80 };
