import { type Alarm, severityRank } from "#core/alarms/alarm";
import { showText } from "#core/text/showBytes";
import { hostLabel } from "../../hosts/hostEntry.ts";
import { hostHealth, type HostState } from "../../state/hostState.ts";
import { describeAge } from "../age.ts";
import { distinct, rowLimit } from "../rows.ts";
import type { Icon, ViewItem } from "../viewItem.ts";

export type AlarmNode =
  | { readonly kind: "host"; readonly address: string }
  | { readonly kind: "type"; readonly address: string; readonly name: string }
  | { readonly kind: "alarm"; readonly address: string; readonly id: string }
  | { readonly kind: "evidence"; readonly address: string; readonly id: string; readonly index: number }
  | { readonly kind: "quiet"; readonly address: string }
  | { readonly kind: "more"; readonly address: string; readonly name: string; readonly hidden: number };

export function alarmChildren(node: AlarmNode | undefined, states: readonly HostState[]): readonly AlarmNode[] {
  if (node === undefined) {
    return states
      .filter((state) => state.triage !== undefined || state.alarms.length > 0)
      .map(({ entry }) => ({ kind: "host", address: entry.address }));
  }
  const state = states.find(({ entry }) => entry.address === node.address);
  if (!state) return [];
  switch (node.kind) {
    case "host":
      return hostChildren(state);
    case "type": {
      const alarms = alarmsOfType(state, node.name);
      const shown = alarms.slice(0, rowLimit).map(({ id }) => ({ kind: "alarm", address: node.address, id }) as const);
      const hidden = alarms.length - shown.length;
      return hidden > 0 ? [...shown, { kind: "more", address: node.address, name: node.name, hidden }] : shown;
    }
    case "alarm": {
      const alarm = state.alarms.find(({ id }) => id === node.id);
      const count = alarm ? alarm.evidence.length + alarm.counterEvidence.length : 0;
      return Array.from({ length: count }, (_, index) => ({
        kind: "evidence",
        address: node.address,
        id: node.id,
        index,
      }));
    }
    case "evidence":
    case "quiet":
    case "more":
      return [];
  }
}

export function alarmItem(node: AlarmNode, states: readonly HostState[], now: number): ViewItem {
  const state = states.find(({ entry }) => entry.address === node.address);
  switch (node.kind) {
    case "host":
      return hostItem(node.address, state, now);
    case "type": {
      const alarms = state ? alarmsOfType(state, node.name) : [];
      const open = alarms.filter((alarm) => alarm.state === "toBeHandled").length;
      return {
        id: `${node.address}:${node.name}`,
        label: node.name,
        description: `${open} to be handled`,
        icon: { name: "symbol-class" },
        context: "group",
        expand: "expanded",
      };
    }
    case "alarm": {
      const alarm = state?.alarms.find(({ id }) => id === node.id);
      return alarm ? describeAlarm(node.address, alarm) : vanished(node.id);
    }
    case "evidence":
      return describeEvidence(node, state);
    case "quiet":
      return describeQuiet(node.address, state);
    case "more":
      return {
        id: `${node.address}:${node.name}:more`,
        label: `${node.hidden} more`,
        description: "handle or allow-list some, or use the command line for the whole list",
        icon: { name: "ellipsis" },
        context: "information",
        expand: "none",
      };
  }
}

/** How many alarms wait: the badge of the view. */
export function openAlarmCount(states: readonly HostState[]): number {
  return states.reduce(
    (sum, state) => sum + distinct(state.alarms).filter((alarm) => alarm.state === "toBeHandled").length,
    0,
  );
}

function hostChildren(state: HostState): readonly AlarmNode[] {
  const { address } = state.entry;
  const names = [...new Set(sorted(state.alarms).map(typeName))];
  const types = names.map((name) => ({ kind: "type", address, name }) as const);
  const isQuiet = state.alarms.every((alarm) => alarm.state !== "toBeHandled");
  return isQuiet ? [...types, { kind: "quiet", address }] : types;
}

function typeName(alarm: Alarm): string {
  return `${alarm.category} > ${showText(alarm.type, 100)}`;
}

function alarmsOfType(state: HostState, name: string): readonly Alarm[] {
  return sorted(state.alarms.filter((alarm) => typeName(alarm) === name));
}

function sorted(alarms: readonly Alarm[]): readonly Alarm[] {
  const isOpen = (alarm: Alarm): number => (alarm.state === "toBeHandled" ? 0 : 1);
  return [...distinct(alarms)].sort(
    (a, b) =>
      isOpen(a) - isOpen(b) ||
      severityRank[b.severity] - severityRank[a.severity] ||
      b.score - a.score ||
      (a.id < b.id ? -1 : 1),
  );
}

function hostItem(address: string, state: HostState | undefined, now: number): ViewItem {
  const label = state ? showText(hostLabel(state.entry), 200) : showText(address, 200);
  const open = state ? openAlarmCount([state]) : 0;
  const age = state?.triagedAt === undefined ? "" : ` · as of ${describeAge(state.triagedAt, now)}`;
  const environment = state?.entry.environment === undefined ? "" : `${showText(state.entry.environment, 60)} · `;
  return {
    id: `host:${address}`,
    label,
    description: `${environment}${open} to be handled${age}`,
    icon: { name: "vm" },
    context: "group",
    expand: "expanded",
  };
}

const severityIcons: Readonly<Record<Alarm["severity"], Icon>> = {
  critical: { name: "flame", color: "error" },
  high: { name: "error", color: "error" },
  medium: { name: "warning", color: "warning" },
  low: { name: "info" },
};

const stateWords: Readonly<Record<Alarm["state"], string>> = {
  toBeHandled: "to be handled",
  handled: "handled",
  ignored: "ignored",
  allowlisted: "allow-listed",
};

function describeAlarm(address: string, alarm: Alarm): ViewItem {
  const subject = alarm.process
    ? `pid ${alarm.process.pid} · ${showText(alarm.process.exe, 120)}`
    : alarm.file
      ? showText(alarm.file.path, 120)
      : "";
  const isOpen = alarm.state === "toBeHandled";
  return {
    id: `${address}:${alarm.id}`,
    label: showText(alarm.title, 200) || "Alarm without a title",
    description: [alarm.severity, subject, ...(isOpen ? [] : [stateWords[alarm.state]])]
      .filter((part) => part !== "")
      .join(" · "),
    tooltip: [
      showText(alarm.title, 300),
      `Severity ${alarm.severity}, score ${alarm.score}, ${stateWords[alarm.state]}`,
      ...(alarm.process ? [`${showText(alarm.process.user, 60)}: ${showText(alarm.process.cmdline, 400)}`] : []),
      ...(alarm.remark === undefined ? [] : [`Remark: ${showText(alarm.remark, 256)}`]),
    ],
    icon: isOpen ? severityIcons[alarm.severity] : { name: "check", color: "muted" },
    context: `alarm.${alarm.state}`,
    expand: "collapsed",
    opens: { command: "countermine.showAlarm", title: "Show Alarm", argument: `${address}\n${alarm.id}` },
    spoken: `${alarm.severity} severity, ${showText(alarm.title, 200)}, ${subject}, ${stateWords[alarm.state]}`,
  };
}

function describeEvidence(
  node: { readonly address: string; readonly id: string; readonly index: number },
  state: HostState | undefined,
): ViewItem {
  const alarm = state?.alarms.find(({ id }) => id === node.id);
  const all = alarm ? [...alarm.evidence, ...alarm.counterEvidence] : [];
  const evidence = all[node.index];
  if (!evidence) return vanished(node.id);
  const sign = evidence.points >= 0 ? "+" : "−";
  return {
    id: `${node.address}:${node.id}:${node.index}`,
    label: showText(evidence.text, 300) || "Evidence without words",
    description: `${sign}${Math.abs(evidence.points)} · ${showText(evidence.rule, 40)}`,
    tooltip: [showText(evidence.text, 1000), `Read from ${showText(evidence.source, 300)}`],
    icon: evidence.points >= 0 ? { name: "add", color: "error" } : { name: "remove", color: "ok" },
    context: "information",
    expand: "none",
  };
}

/** "Clean" and "could not look" must never look alike. */
function describeQuiet(address: string, state: HostState | undefined): ViewItem {
  const health = state ? hostHealth(state) : { kind: "unknown" as const };
  const stats = state?.triage?.stats;
  const looked = stats ? `${stats.processes} processes, ${stats.checksRun} checks` : "";
  if (health.kind === "clear") {
    return {
      id: `${address}:quiet`,
      label: "Nothing to be handled",
      description: looked,
      icon: { name: "pass", color: "ok" },
      context: "information",
      expand: "none",
    };
  }
  if (health.kind !== "partial") {
    return {
      id: `${address}:quiet`,
      label: "Not looked at yet",
      description: "run Triage",
      tooltip: ["This host has not been triaged: nothing is known about it."],
      icon: { name: "circle-outline", color: "muted" },
      context: "information",
      expand: "none",
    };
  }
  return {
    id: `${address}:quiet`,
    label: "Nothing found, but not everything was seen",
    description: health.notRun > 0 ? `${looked}, ${health.notRun} could not look` : `${looked}: nothing was looked at`,
    tooltip: [
      "This host is not known to be well.",
      ...(state?.triage?.notRun ?? []).map(({ check, reason }) => `${showText(check, 40)}: ${showText(reason, 200)}`),
    ],
    icon: { name: "question", color: "warning" },
    context: "information",
    expand: "none",
  };
}

function vanished(id: string): ViewItem {
  return {
    id: `gone:${id}`,
    label: "No longer there",
    icon: { name: "circle-slash" },
    context: "information",
    expand: "none",
  };
}
