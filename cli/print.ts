import type { Alarm } from "#core/alarms/alarm";
import type { TriageDocument } from "#core/alarms/triageDocument";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import type { IsolatedFile } from "#core/plans/isolatedFile";
import type { JournalEntry } from "#core/plans/journalEntry";
import type { Plan, PlanResult } from "#core/plans/plan";
import { showText } from "#core/text/showBytes";

/** Documents as text for a person. Everything a host wrote has passed showText. */

export function triageText(document: TriageDocument): string {
  const { host, alarms, notRun, stats } = document;
  const open = alarms.filter(({ state }) => state === "toBeHandled");
  const lines = [
    `${showText(host.name, 100)}: ${showText(host.os, 100)}, kernel ${showText(host.kernel, 60)}, ${host.cores} cores`,
    `${stats.processes} processes, ${stats.sockets} sockets, ${stats.checksRun} checks in ${Math.round(stats.elapsedMs)} ms`,
    "",
    ...alarms.flatMap(alarmLines),
  ];
  if (notRun.length > 0) {
    lines.push(
      "Could not be determined:",
      ...notRun.map(({ check, reason }) => `  ? ${showText(check, 40)}: ${showText(reason, 300)}`),
      "",
    );
  }
  lines.push(verdict(open.length, alarms.length, notRun.length));
  return lines.join("\n");
}

function verdict(open: number, all: number, notRun: number): string {
  if (open > 0)
    return `${open} ${open === 1 ? "alarm" : "alarms"} to be handled${all > open ? `, ${all - open} others` : ""}.`;
  if (notRun > 0) return "Nothing to be handled, but not everything was seen: this host is not known to be well.";
  return "Nothing to be handled.";
}

function alarmLines(alarm: Alarm): readonly string[] {
  const { process, file } = alarm;
  return [
    `${alarm.severity.toUpperCase().padEnd(8)} ${showText(alarm.title, 200)}   [${alarm.category} > ${showText(alarm.type, 60)}, score ${alarm.score}, ${alarm.state}]`,
    `         alarm ${alarm.id}`,
    ...(process
      ? [
          `         pid ${process.pid}, ${showText(process.user, 40)}, ${showText(process.exe, 200)}${process.isExeDeleted === true ? " (deleted)" : ""}`,
          `         ${showText(process.cmdline, 300)}`,
        ]
      : []),
    ...(alarm.children ?? []).map((child) => `         with pid ${child.pid}, ${showText(child.exe, 200)}`),
    ...(file ? [`         file ${showText(file.path, 300)}`] : []),
    ...alarm.evidence.map(({ rule, text, points }) => `         +${points} ${rule} ${showText(text, 300)}`),
    ...alarm.counterEvidence.map(({ rule, text, points }) => `         ${points} ${rule} ${showText(text, 300)}`),
    "",
  ];
}

export function planText(plan: Plan): string {
  return [
    `Plan ${plan.id}: ${showText(plan.title, 200)} (nothing has been done)`,
    ...plan.irreversible.map((text) => `  CANNOT BE UNDONE: ${showText(text, 300)}`),
    ...plan.steps.map(
      (step) =>
        `  ${step.id} ${step.kind.padEnd(10)} ${showText(step.effect, 300)}\n      only if ${showText(step.precondition, 300)}\n      undo: ${showText(step.undo, 300)}`,
    ),
    ...plan.refused.map(({ target, reason }) => `  refused ${showText(target, 200)}: ${showText(reason, 300)}`),
  ].join("\n");
}

export function resultText(result: PlanResult): string {
  return [
    `Plan ${result.plan}`,
    ...result.steps.map((step) => `  ${step.state.padEnd(8)} ${step.kind.padEnd(10)} ${showText(step.detail, 400)}`),
    ...result.respawned.map(
      (one) => `  CAME BACK pid ${one.pid} ${showText(one.exe, 200)}, started by ${showText(one.parent, 200)}`,
    ),
    ...result.refused.map(({ target, reason }) => `  refused  ${showText(target, 200)}: ${showText(reason, 300)}`),
  ].join("\n");
}

export function isolatedText(files: readonly IsolatedFile[]): string {
  if (files.length === 0) return "No file is isolated on this host.";
  return files
    .map(
      (file) =>
        `${file.id}  ${file.status.padEnd(9)} ${new Date(file.isolatedAt).toISOString()}  ${file.size}  ${showText(file.path, 300)}\n    sha256 ${file.sha256}`,
    )
    .join("\n");
}

export function journalText(entries: readonly JournalEntry[]): string {
  if (entries.length === 0) return "Nothing was changed on this host.";
  return entries
    .map(
      (entry) =>
        `${new Date(entry.at).toISOString()}  ${entry.state.padEnd(9)} ${entry.kind.padEnd(10)} ${showText(entry.target, 200)}  plan ${showText(entry.plan, 60)}, ${showText(entry.operator, 60)}${entry.undoable ? ", can be taken back" : ""}`,
    )
    .join("\n");
}

export function autostartText(document: AutostartDocument): string {
  const changes = document.changes?.map(
    ({ change, item, fields }) =>
      `${change.padEnd(6)} ${showText(item.name, 100)}  ${showText(item.path, 200)}  ${fields.join(", ")}`,
  );
  const items = document.items.map(
    (item) =>
      `${item.risk.length > 0 ? "!" : " "} ${showText(item.className, 40).padEnd(22)} ${item.enabled ? " " : "(off) "}${showText(item.name, 80)}  ${showText(item.command ?? item.path, 200)}${item.risk.length > 0 ? `\n      ${item.risk.map((risk) => showText(risk, 100)).join("; ")}` : ""}`,
  );
  return [
    ...(changes ?? items),
    ...(changes?.length === 0 ? ["No change."] : []),
    ...document.notRun.map(({ class: name, reason }) => `? ${showText(name, 60)}: ${showText(reason, 300)}`),
  ].join("\n");
}
