import type { Severity } from "../checks/check.ts";
import { severityRank, type Evidence } from "./alarm.ts";
import { evidenceKind, isCircumstantial, type EvidenceKind } from "./evidenceKind.ts";
import type { CheckedFinding } from "./subject.ts";

/**
 * The severity of an alarm: no more than the worst of its checks, and no more than the
 * score allows.
 *
 * - critical: a critical finding and 70 points, or 100 points of two kinds
 * - high: one direct finding, or 60 points of two kinds: each high by itself, or one of
 *   them so strong that a weaker one of another kind is enough
 * - medium: 40 points
 */
export function alarmSeverity(
  findings: readonly CheckedFinding[],
  context: readonly Evidence[],
  score: number,
): Severity {
  const worst = findings.reduce<Severity>((worst, entry) => worse(worst, severityOf(entry)), "low");
  const serious = findings.filter((entry) => severityRank[severityOf(entry)] >= severityRank.high);
  const kinds = new Set<EvidenceKind | "context">(serious.map(({ check }) => evidenceKind(check.id) ?? "context"));
  if (context.some(({ points }) => points >= 15)) kinds.add("context");
  const hasStrong = serious.some(({ finding }) => finding.points >= 40);
  const supported = new Set(
    findings.filter(({ finding }) => finding.points >= 20).map(({ check }) => evidenceKind(check.id)),
  );
  const isDirect = serious.some(({ check }) => !isCircumstantial(check.id));
  return milder(worst, allowed());

  function allowed(): Severity {
    if (worst === "critical" && isDirect && score >= 70) return "critical";
    if (score >= 100 && kinds.size >= 2 && serious.length > 0) return "critical";
    if (isDirect) return "high";
    if (score >= 60 && (kinds.size >= 2 || (hasStrong && supported.size >= 2))) return "high";
    return score >= 40 ? "medium" : "low";
  }
}

export function severityRankOf(severity: Severity): number {
  return severityRank[severity];
}

export function severityOf({ check, finding }: CheckedFinding): Severity {
  return finding.severity === undefined ? check.severity : milder(check.severity, finding.severity);
}

function worse(one: Severity, other: Severity): Severity {
  return severityRank[one] >= severityRank[other] ? one : other;
}

function milder(one: Severity, other: Severity): Severity {
  return severityRank[one] <= severityRank[other] ? one : other;
}
