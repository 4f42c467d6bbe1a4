import type { Check, CheckOutcome, Finding, Subject } from "../checks/check.ts";
import type { ByteString } from "../text/byteString.ts";

/** Everything that was found about one process, one file or the host. */
export interface SubjectFindings {
  readonly key: SubjectKey;
  readonly subject: Subject;
  readonly findings: readonly CheckedFinding[];
  readonly relatedFiles: readonly ByteString[];
}

export interface CheckedFinding {
  readonly check: Check;
  readonly finding: Finding;
}

/** `process:PID@START`, `file:PATH` or `host:CHECK`. */
export type SubjectKey = string;

/** Findings by subject, and the checks that could not look: an engine error is never a finding. */
export function gatherSubjects(
  outcomes: readonly CheckOutcome[],
  checks: readonly Check[],
): {
  readonly subjects: readonly SubjectFindings[];
  readonly notRun: readonly { readonly check: string; readonly reason: string }[];
} {
  const checkById = new Map(checks.map((check) => [check.id, check]));
  const notRun: { check: string; reason: string }[] = [];
  const bySubject = new Map<SubjectKey, { subject: Subject; findings: CheckedFinding[] }>();
  for (const outcome of outcomes) {
    if (outcome.kind === "notRun") notRun.push({ check: outcome.check, reason: outcome.reason });
    if (outcome.kind !== "findings") continue;
    const check = checkById.get(outcome.check);
    if (check === undefined) {
      notRun.push({ check: outcome.check, reason: "This version does not know the check." });
      continue;
    }
    for (const finding of outcome.findings) {
      const key = subjectKey(finding.subject, check.id);
      const entry = bySubject.get(key) ?? { subject: finding.subject, findings: [] };
      entry.findings.push({ check, finding });
      bySubject.set(key, entry);
    }
  }
  const ran = new Set(outcomes.map(({ check }) => check));
  for (const { id } of checks) if (!ran.has(id)) notRun.push({ check: id, reason: "The check was not started." });
  const subjects = [...bySubject].map(([key, { subject, findings }]): SubjectFindings => ({
    key,
    subject,
    findings,
    relatedFiles: [...new Set(findings.flatMap(({ finding }) => finding.relatedFiles ?? []))],
  }));
  return { subjects, notRun };
}

function subjectKey(subject: Subject, check: string): SubjectKey {
  switch (subject.kind) {
    case "process":
      return `process:${subject.key}`;
    case "file":
      return `file:${subject.path}`;
    case "host":
      return `host:${check}`;
  }
}
