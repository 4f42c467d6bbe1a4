import type { Alarm, AlarmFile, AlarmProcess, Evidence } from "#core/alarms/alarm";
import { showText } from "#core/text/showBytes";
import { describeTime } from "../views/age.ts";
import { defang } from "./defang.ts";

/** An alarm with everything that speaks for and against it. Plain text. */
export function describeAlarm(alarm: Alarm, hostLabel: string): string {
  const lines = [
    showText(alarm.title, 300),
    "=".repeat(Math.min(100, alarm.title.length)),
    `Host        ${showText(hostLabel, 300)}`,
    `Type        ${alarm.category} > ${showText(alarm.type, 100)}`,
    `Severity    ${alarm.severity} (score ${alarm.score})`,
    `State       ${alarm.state}${alarm.remark === undefined ? "" : `: ${showText(alarm.remark, 256)}`}`,
    `ATT&CK      ${alarm.attack.map((id) => showText(id, 20)).join(", ")}`,
    `Seen        first ${describeTime(alarm.firstSeen)}, last ${describeTime(alarm.lastSeen)}, ${alarm.count} times (host's clock)`,
    "",
    "WHAT SPEAKS FOR IT",
    ...evidenceLines(alarm.evidence),
    "",
    "WHAT SPEAKS AGAINST IT",
    ...(alarm.counterEvidence.length > 0 ? evidenceLines(alarm.counterEvidence) : ["  nothing was found"]),
    "",
    "PROCESS TREE",
    ...processTree(alarm),
    ...section("FILES", [...(alarm.file ? [alarm.file] : []), ...(alarm.relatedFiles ?? [])].map(fileLine)),
    ...section(
      "NETWORK",
      (alarm.network ?? []).map(
        ({ protocol, local, remote, state }) =>
          `  ${showText(protocol, 20)} ${showText(local, 100)} -> ${showText(remote, 100)} ${showText(state, 30)}`,
      ),
    ),
    "",
    "WHAT TO DO",
    `  ${recommendation(alarm)}`,
    "",
    "All of this was reported by the host, which may be lying if its root account or kernel is in other hands.",
  ];
  return defang(lines.join("\n"));
}

function evidenceLines(evidence: readonly Evidence[]): readonly string[] {
  return evidence.map(
    ({ rule, text, points, source }) =>
      `  ${(points >= 0 ? `+${points}` : String(points)).padStart(4)}  ${showText(rule, 30).padEnd(4)}  ${showText(text, 500)}   [${showText(source, 200)}]`,
  );
}

function processTree(alarm: Alarm): readonly string[] {
  if (!alarm.process) return ["  no process"];
  const parent = alarm.parent ? [processLine(alarm.parent, 0)] : [];
  const own = processLine(alarm.process, parent.length);
  const children = (alarm.children ?? []).map((child) => processLine(child, parent.length + 1));
  const process = alarm.process;
  return [
    ...parent,
    own,
    ...children,
    "",
    `  user ${showText(process.user, 60)} (${process.uid}), working folder ${showText(process.cwd ?? "unknown", 300)}`,
    `  control group ${showText(process.cgroup ?? "unknown", 300)}`,
    ...(process.sha256 === undefined ? [] : [`  executable SHA-256 ${process.sha256}`]),
    ...(process.cpuShare === undefined
      ? []
      : [`  ${Math.round(process.cpuShare * 100)} % of one core while it was watched`]),
  ];
}

function processLine(process: AlarmProcess, depth: number): string {
  const deleted = process.isExeDeleted === true ? " (executable deleted)" : "";
  return `  ${"   ".repeat(depth)}${depth > 0 ? "└─ " : ""}${process.pid} ${showText(process.exe, 200)}${deleted}  ${showText(process.cmdline, 300)}`;
}

function fileLine(file: AlarmFile): string {
  return `  ${showText(file.path, 300)}${file.sha256 === undefined ? "" : `  ${file.sha256}`}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function recommendation(alarm: Alarm): string {
  if (alarm.state !== "toBeHandled") return "This alarm has been dealt with; its history is in the journal.";
  if (alarm.severity === "critical" || alarm.severity === "high") {
    return "Contain it now (it stops, nothing is lost), look at what is above, then isolate and kill.";
  }
  return "Find out whether somebody runs this on purpose. If so, allow-list it with the reason; if not, contain it.";
}
