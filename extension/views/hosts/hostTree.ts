import { showText } from "#core/text/showBytes";
import { hostLabel } from "../../hosts/hostEntry.ts";
import type { Prerequisite } from "../../hosts/prerequisites.ts";
import { hostHealth, type HostState } from "../../state/hostState.ts";
import { describeAge } from "../age.ts";
import type { ContextValue, Icon, ViewItem } from "../viewItem.ts";

export type HostNode =
  | { readonly kind: "group"; readonly name: string }
  | { readonly kind: "host"; readonly address: string }
  | { readonly kind: "section"; readonly address: string; readonly section: "overview" | "prerequisites" }
  | {
      readonly kind: "fact";
      readonly address: string;
      /** Where it stands: two facts may say the same, and still are two rows. */
      readonly place: string;
      readonly name: string;
      readonly detail: string;
      readonly icon: Icon;
      readonly mend: string;
    };

/** Children of a node, or the top level. Pure: state in, nodes out. */
export function hostChildren(node: HostNode | undefined, states: readonly HostState[]): readonly HostNode[] {
  if (node === undefined) return topLevel(states);
  switch (node.kind) {
    case "group":
      return states.filter(({ entry }) => entry.group === node.name).map(toNode);
    case "host": {
      const state = states.find(({ entry }) => entry.address === node.address);
      if (!state) return [];
      return [
        ...(state.connection.kind === "failed" ? [failure(state, state.connection.error)] : []),
        ...(state.overview ? [{ kind: "section", address: node.address, section: "overview" } as const] : []),
        ...(state.prerequisites.length > 0
          ? [{ kind: "section", address: node.address, section: "prerequisites" } as const]
          : []),
        ...notRun(state),
      ];
    }
    case "section": {
      const state = states.find(({ entry }) => entry.address === node.address);
      if (!state) return [];
      return node.section === "overview"
        ? overview(state)
        : state.prerequisites.map((one, index) => prerequisite(state, one, index));
    }
    case "fact":
      return [];
  }
}

export function hostItem(node: HostNode, states: readonly HostState[], now: number): ViewItem {
  switch (node.kind) {
    case "group":
      return {
        id: `group:${node.name}`,
        label: showText(node.name, 100),
        icon: { name: "folder" },
        context: "group",
        expand: "expanded",
      };
    case "host": {
      const state = states.find(({ entry }) => entry.address === node.address);
      return state ? describeHost(state, now) : gone(node.address);
    }
    case "section":
      return {
        id: `${node.address}:${node.section}`,
        label: node.section === "overview" ? "Overview" : "Prerequisites",
        icon: { name: node.section === "overview" ? "dashboard" : "checklist" },
        context: "group",
        expand: "collapsed",
      };
    case "fact":
      return {
        id: `${node.address}:${node.place}`,
        label: node.name,
        description: node.detail,
        tooltip: [node.name, node.detail, ...(node.mend === "" ? [] : [`What to do: ${node.mend}`])],
        icon: node.icon,
        context: "information",
        expand: "none",
        spoken: `${node.name}: ${node.detail}. ${node.mend}`,
      };
  }
}

function topLevel(states: readonly HostState[]): readonly HostNode[] {
  const groups = [...new Set(states.flatMap(({ entry }) => (entry.group === undefined ? [] : [entry.group])))].sort();
  return [
    ...groups.map((name) => ({ kind: "group", name }) as const),
    ...states.filter(({ entry }) => entry.group === undefined).map(toNode),
  ];
}

function toNode(state: HostState): HostNode {
  return { kind: "host", address: state.entry.address };
}

function describeHost(state: HostState, now: number): ViewItem {
  const label = showText(hostLabel(state.entry), 200);
  const words = [state.entry.environment, state.activity ?? connectionWords(state), healthWords(state, now)];
  const description = words
    .filter((word) => word !== undefined && word !== "")
    .map((word) => showText(word ?? "", 200))
    .join(" · ");
  return {
    id: `host:${state.entry.address}`,
    label,
    description,
    tooltip: [label, showText(state.entry.address, 200), description, ...skewWords(state)],
    icon: hostIcon(state, now),
    context: `host.${state.connection.kind}` satisfies ContextValue,
    expand: state.connection.kind === "disconnected" && state.prerequisites.length === 0 ? "none" : "collapsed",
    spoken: `Host ${label}, ${description}`,
  };
}

function connectionWords(state: HostState): string {
  switch (state.connection.kind) {
    case "disconnected":
      return "not connected";
    case "connecting":
      return `connecting: ${state.connection.phase}`;
    case "connected":
      return state.connection.isRoot ? "connected as root" : "connected without root";
    case "failed":
      return "connection failed";
  }
}

function healthWords(state: HostState, now: number): string {
  const health = hostHealth(state);
  const age = state.triagedAt === undefined ? "" : `, ${describeAge(state.triagedAt, now)}`;
  switch (health.kind) {
    case "unknown":
      return "not looked at yet";
    case "alarms":
      return `${health.count} ${health.count === 1 ? "alarm" : "alarms"}${age}`;
    case "partial":
      if (health.notRun === 0) return `no alarms, but nothing was looked at${age}`;
      return `no alarms, but ${health.notRun} ${health.notRun === 1 ? "check" : "checks"} could not look${age}`;
    case "clear":
      return `no alarms${age}`;
  }
}

/** After this, an all-clear is history: it is shown greyed. */
const freshMs = 3_600_000;

function hostIcon(state: HostState, now: number): Icon {
  if (state.connection.kind === "connecting" || state.activity !== undefined) return { name: "loading~spin" };
  if (state.connection.kind === "failed") return { name: "debug-disconnect", color: "error" };
  const health = hostHealth(state);
  switch (health.kind) {
    case "alarms":
      return { name: "flame", color: health.worst === "low" || health.worst === "medium" ? "warning" : "error" };
    case "partial":
      return { name: "question", color: "warning" };
    case "clear":
      return { name: "pass", color: isFresh(state, now) ? "ok" : "muted" };
    case "unknown":
      return state.connection.kind === "connected" ? { name: "vm-active" } : { name: "vm", color: "muted" };
  }
}

function isFresh({ connection, triagedAt }: HostState, now: number): boolean {
  return connection.kind === "connected" && triagedAt !== undefined && Math.abs(now - triagedAt) <= freshMs;
}

/** Clocks that differ by more than this are worth a word: times on the host would mislead. */
const notableSkewMs = 5000;

function skewWords(state: HostState): readonly string[] {
  if (state.connection.kind !== "connected" || Math.abs(state.connection.clockSkewMs) < notableSkewMs) return [];
  const seconds = Math.round(Math.abs(state.connection.clockSkewMs) / 1000);
  return [
    `The host's clock is ${seconds} s ${state.connection.clockSkewMs > 0 ? "ahead of" : "behind"} this machine's.`,
  ];
}

function overview(state: HostState): readonly HostNode[] {
  const data = state.overview;
  if (!data) return [];
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const fact = (name: string, detail: string, icon: string, index = 0): HostNode => ({
    kind: "fact",
    address: state.entry.address,
    place: `overview:${name}:${index}`,
    name,
    detail: showText(detail, 300),
    icon: { name: icon },
    mend: "",
  });
  return [
    fact("System", `${data.os}, kernel ${data.kernel}`, "server-environment"),
    fact("CPU", `${data.cpu}, ${data.cores} cores, ${Math.round(data.busyShare * 100)} % busy`, "pulse"),
    fact("Load", data.load.map((value) => value.toFixed(2)).join("  "), "graph-line"),
    fact("Memory", `${gib(data.memoryAvailableBytes)} free of ${gib(data.memoryBytes)}`, "circuit-board"),
    ...data.disks.map((disk, index) =>
      fact(
        `Disk ${showText(disk.mount, 100)}`,
        `${gib(disk.usedBytes)} of ${gib(disk.sizeBytes)}, ${disk.type}`,
        "database",
        index,
      ),
    ),
    ...data.problems.map((problem, index) => fact("Not known", problem, "question", index)),
  ];
}

function prerequisite(state: HostState, one: Prerequisite, index: number): HostNode {
  const icons: Readonly<Record<Prerequisite["state"], Icon>> = {
    ok: { name: "check", color: "ok" },
    limited: { name: "warning", color: "warning" },
    failed: { name: "error", color: "error" },
    unknown: { name: "circle-outline", color: "muted" },
  };
  return {
    kind: "fact",
    address: state.entry.address,
    place: `prerequisite:${index}`,
    name: one.name,
    detail: showText(one.detail, 500),
    icon: icons[one.state],
    mend: showText(one.mend, 500),
  };
}

function notRun(state: HostState): readonly HostNode[] {
  return (state.triage?.notRun ?? []).map(({ check, reason }, index) => ({
    kind: "fact" as const,
    address: state.entry.address,
    place: `notRun:${index}`,
    name: `${showText(check, 40)} could not look`,
    detail: showText(reason, 300),
    icon: { name: "question", color: "warning" } as const,
    mend: "Until it can, this host is not known to be well.",
  }));
}

function failure(state: HostState, error: { readonly message: string; readonly nextStep: string }): HostNode {
  return {
    kind: "fact",
    address: state.entry.address,
    place: "failure",
    name: "Connection failed",
    detail: showText(error.message, 500),
    icon: { name: "error", color: "error" },
    mend: showText(error.nextStep, 500),
  };
}

function gone(address: string): ViewItem {
  return {
    id: `host:${address}`,
    label: showText(address, 200),
    icon: { name: "vm" },
    context: "information",
    expand: "none",
  };
}
