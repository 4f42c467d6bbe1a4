import type { Plan, PlanResult, PlanStep } from "#core/plans/plan";
import { showText } from "#core/text/showBytes";
import { defang } from "./defang.ts";

const verbs: Readonly<Record<PlanStep["kind"], string>> = {
  freeze: "Freeze",
  evidence: "Keep evidence of",
  quarantine: "Isolate",
  kill: "Kill",
  watch: "Watch",
  restore: "Restore",
  delete: "Delete",
};

/** The plan as the operator reads it before agreeing. Plain text. */
export function describePlan(plan: Plan, where: { readonly label: string; readonly environment?: string }): string {
  const lines = [
    showText(plan.title, 300),
    `Host: ${showText(where.label, 200)}${where.environment === undefined ? "" : ` (${showText(where.environment, 60)})`}`,
    `Plan ${showText(plan.id, 80)}: nothing has been done yet.`,
    "",
    ...(plan.irreversible.length > 0
      ? ["CANNOT BE TAKEN BACK", ...plan.irreversible.map((text) => `  ! ${showText(text, 500)}`), ""]
      : []),
    plan.steps.length === 0 ? "There is nothing to do." : "STEPS, in this order",
    ...plan.steps.flatMap((step, index) => describeStep(step, index + 1)),
  ];
  if (plan.refused.length > 0) {
    lines.push("", "REFUSED");
    for (const { target, reason } of plan.refused) lines.push(`  - ${showText(target, 300)}: ${showText(reason, 500)}`);
  }
  return defang(lines.join("\n"));
}

export function stepTitle(step: PlanStep): string {
  return `${verbs[step.kind]} ${targetWords(step)}`;
}

function targetWords(step: PlanStep): string {
  switch (step.target.kind) {
    case "process":
      return `pid ${step.target.pid} (${showText(step.target.exe, 200)})`;
    case "file":
    case "isolated":
      return showText(step.target.path, 300);
    case "respawn":
      return step.kind === "watch" ? `for ${step.seconds} s whether it comes back` : "";
  }
}

function describeStep(step: PlanStep, number: number): readonly string[] {
  const target = step.target;
  const identity =
    target.kind === "process"
      ? [
          `     command line: ${showText(target.cmdline, 400)}`,
          `     user ${showText(target.user, 60)}, started at tick ${target.startTime}, executable ${showText(target.exeId ?? "unknown", 60)}`,
        ]
      : target.kind === "file"
        ? [`     SHA-256 ${target.sha256}, ${target.size} bytes, owner ${showText(target.owner, 60)}`]
        : [];
  return [
    "",
    `  ${number}. ${stepTitle(step)}`,
    ...identity,
    `     only if: ${showText(step.precondition, 400)}`,
    `     effect:  ${showText(step.effect, 400)}`,
    `     undo:    ${step.undoable ? showText(step.undo, 400) : `CANNOT BE UNDONE. ${showText(step.undo, 400)}`}`,
  ];
}

/** What became of each step. */
export function describeResult(plan: Plan, result: PlanResult): string {
  const titles = new Map(plan.steps.map((step) => [step.id, stepTitle(step)]));
  const lines = [
    `Result of plan ${showText(plan.id, 80)}: ${showText(plan.title, 300)}`,
    "",
    ...result.steps.map(
      (step) =>
        `  ${step.state.padEnd(8)} ${titles.get(step.id) ?? step.kind}${step.detail === "" ? "" : `\n           ${showText(step.detail, 500)}`}`,
    ),
  ];
  if (result.respawned.length > 0) {
    lines.push("", "IT CAME BACK");
    for (const one of result.respawned)
      lines.push(`  ! pid ${one.pid} ${showText(one.exe, 200)}, started by ${showText(one.parent, 200)}`);
  }
  for (const { target, reason } of result.refused)
    lines.push("", `  refused  ${showText(target, 300)}: ${showText(reason, 500)}`);
  return defang(lines.join("\n"));
}

/** What became of each step that was taken back. */
export function describeUndo(plan: string, result: PlanResult, where: string): string {
  const lines = result.steps.map((step) => `  ${step.state.padEnd(8)} ${step.kind}  ${showText(step.detail, 500)}`);
  const refused = result.refused.map(
    ({ target, reason }) => `  refused  ${showText(target, 300)}: ${showText(reason, 500)}`,
  );
  return defang([`Undo of plan ${showText(plan, 80)} on ${showText(where, 300)}`, "", ...lines, ...refused].join("\n"));
}
