import type { ByteString } from "../text/byteString.ts";
import type { FactName, Facts } from "../facts/facts.ts";
import type { FileId } from "../facts/host.ts";
import type { Observed } from "../facts/observed.ts";
import type { ProcessKey } from "../facts/process.ts";

export type Severity = "low" | "medium" | "high" | "critical";

/** As HSS names them, MISSION.md 2.1. */
export type AlarmCategory =
  | "Malware"
  | "Abnormal system behavior"
  | "Abnormal user behavior"
  | "Abnormal network access"
  | "Reconnaissance"
  | "Vulnerability exploits";

export interface Check<Needs extends FactName = FactName> {
  /** Row id of the detection catalogue, for example `M01`. */
  readonly id: string;
  /** A noun for what was seen, the same as the folder: `stratum-uri`. */
  readonly slug: string;
  readonly title: string;
  readonly category: AlarmCategory;
  readonly type: string;
  /** The highest severity that this check alone may give. */
  readonly severity: Severity;
  /** ATT&CK technique ids. */
  readonly attack: readonly string[];
  readonly maturity: "stable" | "incubating" | "sandbox";
  readonly needs: readonly Needs[];
  /** Innocent things that look the same, one sentence each. */
  readonly falsePositives: readonly string[];
  /** How an attacker gets around it. */
  readonly weakness: string;
  /** Called only when every needed fact was seen; the gaps of a fact are the runner's to report. */
  run(facts: SeenFacts<Needs>): readonly Finding[];
}

export type SeenFacts<Needs extends FactName> = {
  readonly [Name in Needs]: Facts[Name] extends Observed<infer Value> ? Value : never;
};

/** What a finding is about. Findings about the same subject become one alarm. */
export type Subject =
  | { readonly kind: "process"; readonly key: ProcessKey }
  | { readonly kind: "file"; readonly path: ByteString; readonly id?: FileId }
  | { readonly kind: "host" };

export interface Finding {
  readonly subject: Subject;
  /** What was seen, for a person, with host text already passed through showBytes. */
  readonly text: string;
  /** 1 to 100; the alarm is the sum. */
  readonly points: number;
  /** Where it was read, for example `/proc/1234/cmdline`. */
  readonly source: string;
  /** Other files of the same incident: the configuration, the script, the library. */
  readonly relatedFiles?: readonly ByteString[];
  /** Lower than the check's own when this case is weaker. */
  readonly severity?: Severity;
}

/** The three ways a check ends. */
export type CheckOutcome =
  | {
      readonly kind: "findings";
      readonly check: string;
      readonly findings: readonly Finding[];
      readonly gaps: readonly string[];
    }
  | { readonly kind: "clear"; readonly check: string; readonly gaps: readonly string[] }
  | { readonly kind: "notRun"; readonly check: string; readonly reason: string };

/** Gives a check its exact type while the registry holds the general one. */
export function defineCheck<const Needs extends FactName>(check: Check<Needs>): Check<Needs> {
  return check;
}
