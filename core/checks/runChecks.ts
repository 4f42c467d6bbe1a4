import type { FactName, Facts } from "../facts/facts.ts";
import type { Check, CheckOutcome, SeenFacts } from "./check.ts";

/**
 * Runs checks over one set of facts. A check whose facts could not be seen, or that
 * throws, is `notRun` with the reason: an engine error is never a hit and never clear.
 */
export function runChecks(checks: readonly Check[], facts: Facts): readonly CheckOutcome[] {
  return checks.map((check) => runCheck(check, facts));
}

function runCheck(check: Check, facts: Facts): CheckOutcome {
  const gaps: string[] = [];
  const values: Partial<Record<FactName, unknown>> = {};
  for (const name of check.needs) {
    const fact = facts[name];
    if (fact.kind === "unseen") return { kind: "notRun", check: check.id, reason: fact.reason };
    gaps.push(...fact.gaps);
    values[name] = fact.value;
  }
  try {
    const findings = check.run(values as SeenFacts<FactName>);
    return findings.length > 0
      ? { kind: "findings", check: check.id, findings, gaps }
      : { kind: "clear", check: check.id, gaps };
  } catch (error) {
    return { kind: "notRun", check: check.id, reason: `The check itself failed: ${String(error)}` };
  }
}
