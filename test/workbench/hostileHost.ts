import type { Alarm, AlarmProcess } from "#core/alarms/alarm";
import type { AutostartItem } from "#core/autostart/item";
import { OpsError } from "#core/opsError";
import type { IsolatedFile } from "#core/plans/isolatedFile";
import type { JournalEntry } from "#core/plans/journalEntry";
import type { Plan, PlanResult, PlanStep } from "#core/plans/plan";
import type { HostState } from "#extension/state/hostState";

/** What a hostile host may write into any field that the protocol lets through. */
export const hostileTexts: readonly string[] = [
  "\u001b[2J\u001b[31mred\u001b[0m",
  "\u001b]8;;https://evil.example/x\u0007click\u001b]8;;\u0007",
  "\u001b]52;c;ZXZpbA==\u0007",
  "inv\u202Eoice\u202C\u2066x\u2069",
  "zero\u200Bwidth\u200D\uFEFF\u2060",
  "tag\u{E0041}\u{E007F}and\uFE0F",
  "$(bug) $(trash~spin)",
  "[x](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22id%22%7D)",
  "[docs](https://evil.example/login)",
  "<img src=x onerror=alert(1)>",
  "command:workbench.action.reloadWindow",
  "vscode://evil.ext/run vscode-insiders://evil.ext/run VSCODE:x",
  "http://evil.example/a xhttps://evil.example/b HTTP://EVIL.EXAMPLE",
  "line\r\nbreak\u2028\u2029\u0085\u009b31m\u007f",
  "file:///etc/passwd mailto:a@evil.example",
  "__proto__",
  "",
];

/** Times that no sane clock shows. */
export const hostileTimes: readonly number[] = [0, -1, -8.64e15, 8.64e15, 253_402_300_799_999, Number.NaN];

const digest = "a".repeat(64);

/** A host whose every free field says `text` and whose clock says `time`. */
export function hostileState(text: string, time = 0): HostState {
  const alarms = (["toBeHandled", "handled", "ignored", "allowlisted"] as const).map((state, index) =>
    hostileAlarm(text, time, state, index),
  );
  const item = hostileItem(text, time);
  return {
    entry: { address: `web-1${text}`, label: text === "" ? "web-1" : text, group: `g${text}`, environment: `e${text}` },
    connection: { kind: "failed", error: new OpsError("hostUnreachable", text, { nextStep: text }) },
    prerequisites: [{ name: "Kernel", state: "limited", detail: text, mend: text }],
    overview: {
      os: text,
      kernel: text,
      cpu: text,
      cores: 1,
      memoryBytes: 1,
      memoryAvailableBytes: 1,
      load: [0],
      busyShare: 0,
      disks: [
        { mount: text, type: text, sizeBytes: 1, usedBytes: 1 },
        { mount: text, type: text, sizeBytes: 1, usedBytes: 1 },
      ],
      problems: [text, text],
    },
    triage: {
      schema: "countermine/triage@1",
      host: {
        id: "0".repeat(32),
        bootId: text,
        name: text,
        os: text,
        kernel: text,
        architecture: text,
        cores: 1,
        memoryBytes: 1,
        uptimeSeconds: 1,
        wallMs: time,
      },
      alarms,
      notRun: [
        { check: text, reason: text },
        { check: text, reason: text },
      ],
      stats: { processes: 1, sockets: 1, checksRun: 1, checksClear: 0, elapsedMs: 1, at: time, mode: text },
    },
    triagedAt: time,
    alarms: [...alarms, ...alarms],
    isolated: [
      hostileFile(text, time),
      hostileFile(text, time),
      { ...hostileFile(text, time), id: `2${text}`, status: "deleted" },
    ],
    autostart: {
      schema: "countermine/autostart@1",
      items: [item, item],
      changes: [
        { change: "modify", item, before: item, fields: [text], seenAt: time },
        { change: "add", item, fields: [], seenAt: time },
      ],
      notRun: [{ class: text, reason: text }],
    },
    activity: text,
  };
}

function hostileProcess(text: string): AlarmProcess {
  return {
    pid: 7,
    startTime: 1,
    exe: text,
    exeId: text,
    isExeDeleted: true,
    cmdline: text,
    user: text,
    uid: 0,
    ppid: 1,
    cwd: text,
    cgroup: text,
    comm: text,
    cpuShare: 1,
  };
}

export function hostileAlarm(text: string, time = 0, state: Alarm["state"] = "toBeHandled", index = 0): Alarm {
  const process = hostileProcess(text);
  return {
    id: index.toString(16).padStart(16, "0"),
    rules: [text],
    category: "Malware",
    type: text,
    title: text,
    severity: "critical",
    score: 90,
    attack: [text],
    process,
    parent: process,
    children: [process],
    file: { path: text, owner: text },
    relatedFiles: [{ path: text }],
    network: [{ protocol: text, local: text, remote: text, state: text }],
    evidence: [{ rule: text, text, points: 50, source: text }],
    counterEvidence: [{ rule: text, text, points: -5, source: text }],
    actions: [],
    state,
    remark: text,
    firstSeen: time,
    lastSeen: time,
    count: 1,
  };
}

export function hostileFile(text: string, time = 0): IsolatedFile {
  return {
    id: `1${text}`,
    path: `/tmp/${text}`,
    sha256: digest,
    size: 1,
    mode: 0o104755,
    uid: 0,
    gid: 0,
    isolatedAt: time,
    source: "alarm",
    status: "isolated",
    alarm: text,
    plan: text,
  };
}

export function hostileItem(text: string, time = 0): AutostartItem {
  return {
    id: "0123456789abcdef",
    class: 1,
    className: text,
    kind: "service",
    name: text,
    path: text,
    line: 3,
    command: text,
    runUser: text,
    trigger: text,
    enabled: false,
    sha256: digest,
    target: { path: text },
    owner: "unowned",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: time,
    ctime: time,
    risk: [text],
  };
}

/** A plan with a step of each kind. */
export function hostilePlan(text: string, time = 0): Plan {
  const process = {
    kind: "process",
    bootId: text,
    pid: 7,
    startTime: 1,
    exeId: text,
    exe: text,
    cmdline: text,
    user: text,
  } as const;
  const words = { precondition: text, effect: text, undo: text, risk: "high" } as const;
  const isolated = { kind: "isolated", id: text, path: text, sha256: digest } as const;
  const steps: readonly PlanStep[] = [
    { ...words, id: "s1", kind: "freeze", undoable: true, target: process, includeTree: true },
    { ...words, id: "s2", kind: "evidence", undoable: true, target: process },
    {
      ...words,
      id: "s3",
      kind: "quarantine",
      undoable: true,
      target: {
        kind: "file",
        path: text,
        id: text,
        size: 1,
        mtimeNs: "1",
        sha256: digest,
        owner: text,
        otherNames: [text],
      },
    },
    { ...words, id: "s4", kind: "kill", undoable: false, target: process, includeTree: true },
    {
      ...words,
      id: "s5",
      kind: "watch",
      undoable: true,
      seconds: 60,
      target: { kind: "respawn", sha256: [], cmdlines: [text] },
    },
    { ...words, id: "s6", kind: "restore", undoable: true, target: isolated, to: { path: text } },
    { ...words, id: "s7", kind: "delete", undoable: false, target: isolated },
  ];
  return {
    schema: "countermine/plan@1",
    id: `plan${text}`,
    title: text,
    host: { id: text, name: text, bootId: text },
    createdAt: time,
    alarms: [text],
    steps,
    refused: [{ target: text, reason: text }],
    irreversible: [text],
    digest,
  };
}

export function hostileResult(plan: Plan, text: string): PlanResult {
  return {
    schema: "countermine/result@1",
    plan: plan.id,
    steps: [
      ...plan.steps.map(({ id, kind }) => ({ id, kind, state: "done", detail: text, journal: text }) as const),
      { id: `unknown${text}`, kind: "kill", state: "failed", detail: text },
    ],
    respawned: [{ pid: 8, startTime: 2, exe: text, cmdline: text, parent: text }],
    refused: [{ target: text, reason: text }],
  };
}

export function hostileEntry(text: string, time = 0): JournalEntry {
  return {
    id: text,
    at: time,
    operator: text,
    plan: text,
    step: text,
    kind: text,
    target: text,
    state: "done",
    detail: text,
    undoable: true,
  };
}
