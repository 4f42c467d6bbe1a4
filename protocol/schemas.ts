import * as z from "zod/mini";
import type { Alarm, AlarmConnection, AlarmFile, AlarmProcess, Evidence } from "#core/alarms/alarm";
import type { TriageDocument } from "#core/alarms/triageDocument";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import type { AutostartChange, AutostartItem } from "#core/autostart/item";
import type { HostSummary } from "#core/hosts/host";
import type { IsolatedFile } from "#core/plans/isolatedFile";
import type { JournalEntry } from "#core/plans/journalEntry";
import type { Plan, PlanResult, PlanStep } from "#core/plans/plan";
import { listLimit } from "./limits.ts";

/*
 * What may cross the wire. The host is hostile: every string and list has a longest
 * length, every number a range, every union is closed, and unknown fields are dropped.
 */

const short = z.string().check(z.maxLength(512));
const text = z.string().check(z.maxLength(16_384));
const path = z.string().check(z.maxLength(40_000));
const count = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));
const whole = z.int().check(z.gte(0));
/** Milliseconds since the epoch; a host may lie, so only the range is certain. */
const time = z.number().check(z.gte(-8.64e15), z.lte(8.64e15));
const list = <T extends z.ZodMiniType>(item: T): z.ZodMiniReadonly<z.ZodMiniArray<T>> =>
  z.readonly(z.array(item).check(z.maxLength(listLimit)));

const severity = z.enum(["low", "medium", "high", "critical"]);
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const decimal = z.string().check(z.regex(/^-?\d{1,20}$/));

export const hostSummarySchema: z.ZodMiniType<HostSummary> = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  bootId: z.string().check(z.maxLength(64)),
  name: short,
  os: short,
  kernel: short,
  architecture: short,
  cores: whole,
  memoryBytes: count,
  uptimeSeconds: count,
  wallMs: time,
});

const evidenceSchema: z.ZodMiniType<Evidence> = z.object({
  rule: short,
  text,
  points: z.number().check(z.gte(-1000), z.lte(1000)),
  source: text,
});

const alarmProcessSchema: z.ZodMiniType<AlarmProcess> = z.object({
  pid: whole,
  startTime: whole,
  exe: path,
  exeBase64: z.exactOptional(path),
  exeId: z.exactOptional(short),
  isExeDeleted: z.exactOptional(z.boolean()),
  cmdline: text,
  user: short,
  uid: z.int().check(z.gte(-1)),
  ppid: z.int().check(z.gte(-1)),
  cwd: z.exactOptional(path),
  cgroup: z.exactOptional(text),
  comm: short,
  sha256: z.exactOptional(sha256),
  cpuShare: z.exactOptional(count),
});

const alarmFileSchema: z.ZodMiniType<AlarmFile> = z.object({
  path,
  pathBase64: z.exactOptional(path),
  id: z.exactOptional(short),
  sha256: z.exactOptional(sha256),
  size: z.exactOptional(count),
  mode: z.exactOptional(whole),
  owner: z.exactOptional(short),
});

const connectionSchema: z.ZodMiniType<AlarmConnection> = z.object({
  protocol: short,
  local: short,
  remote: short,
  state: short,
});

export const alarmStateSchema = z.enum(["toBeHandled", "handled", "ignored", "allowlisted"]);

export const alarmSchema: z.ZodMiniType<Alarm> = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  rules: list(short),
  category: z.enum([
    "Malware",
    "Abnormal system behavior",
    "Abnormal user behavior",
    "Abnormal network access",
    "Reconnaissance",
    "Vulnerability exploits",
  ]),
  type: short,
  title: text,
  severity,
  score: z.number(),
  attack: list(short),
  process: z.exactOptional(alarmProcessSchema),
  parent: z.exactOptional(alarmProcessSchema),
  children: z.exactOptional(list(alarmProcessSchema)),
  file: z.exactOptional(alarmFileSchema),
  relatedFiles: z.exactOptional(list(alarmFileSchema)),
  network: z.exactOptional(list(connectionSchema)),
  autostart: z.exactOptional(list(short)),
  evidence: list(evidenceSchema),
  counterEvidence: list(evidenceSchema),
  actions: list(z.enum(["contain", "isolateAndKill", "markHandled", "ignore", "allowlist"])),
  state: alarmStateSchema,
  remark: z.exactOptional(z.string().check(z.maxLength(256))),
  firstSeen: time,
  lastSeen: time,
  count: whole,
});

export const triageDocumentSchema: z.ZodMiniType<TriageDocument> = z.object({
  schema: z.literal("countermine/triage@1"),
  host: hostSummarySchema,
  alarms: list(alarmSchema),
  notRun: list(z.object({ check: short, reason: text })),
  stats: z.object({
    processes: whole,
    sockets: whole,
    checksRun: whole,
    checksClear: whole,
    elapsedMs: count,
    at: time,
    mode: short,
  }),
});

const processTarget = z.object({
  kind: z.literal("process"),
  bootId: short,
  pid: whole,
  startTime: whole,
  exeId: z.exactOptional(short),
  exe: path,
  cmdline: text,
  user: short,
  sha256: z.exactOptional(sha256),
});

const fileTarget = z.object({
  kind: z.literal("file"),
  path,
  pathBase64: z.exactOptional(path),
  through: z.exactOptional(z.object({ bootId: short, pid: whole, startTime: whole, exeId: z.exactOptional(short) })),
  id: short,
  size: count,
  mtimeNs: decimal,
  sha256,
  owner: short,
  otherNames: list(path),
});

const isolatedTarget = z.object({ kind: z.literal("isolated"), id: short, path, sha256 });

const stepBase = {
  id: z.string().check(z.regex(/^s\d{1,5}$/)),
  precondition: text,
  effect: text,
  undo: text,
  undoable: z.boolean(),
  risk: z.enum(["none", "low", "high"]),
};

const planStepSchema: z.ZodMiniType<PlanStep> = z.discriminatedUnion("kind", [
  z.object({
    ...stepBase,
    kind: z.literal("freeze"),
    target: processTarget,
    includeTree: z.boolean(),
    override: z.exactOptional(z.literal("importantService")),
  }),
  z.object({ ...stepBase, kind: z.literal("evidence"), target: processTarget }),
  z.object({
    ...stepBase,
    kind: z.literal("quarantine"),
    target: fileTarget,
    override: z.exactOptional(z.literal("packageOwned")),
  }),
  z.object({
    ...stepBase,
    kind: z.literal("kill"),
    target: processTarget,
    includeTree: z.boolean(),
    override: z.exactOptional(z.literal("importantService")),
  }),
  z.object({
    ...stepBase,
    kind: z.literal("watch"),
    seconds: z.number().check(z.gte(0), z.lte(3600)),
    target: z.object({ kind: z.literal("respawn"), sha256: list(sha256), cmdlines: list(text) }),
  }),
  z.object({
    ...stepBase,
    kind: z.literal("restore"),
    target: isolatedTarget,
    to: z.exactOptional(z.object({ path, pathBase64: z.exactOptional(path) })),
    override: z.exactOptional(z.literal("writableParent")),
  }),
  z.object({ ...stepBase, kind: z.literal("delete"), target: isolatedTarget }),
]);

const refusalSchema = z.object({ target: path, reason: text });

export const planSchema: z.ZodMiniType<Plan> = z.object({
  schema: z.literal("countermine/plan@1"),
  id: short,
  title: text,
  host: z.object({ id: short, name: short, bootId: short }),
  createdAt: time,
  alarms: list(short),
  steps: list(planStepSchema),
  refused: list(refusalSchema),
  irreversible: list(text),
  digest: sha256,
});

export const planResultSchema: z.ZodMiniType<PlanResult> = z.object({
  schema: z.literal("countermine/result@1"),
  plan: short,
  steps: list(
    z.object({
      id: short,
      kind: z.enum(["freeze", "evidence", "quarantine", "kill", "watch", "restore", "delete"]),
      state: z.enum(["done", "skipped", "refused", "drifted", "failed"]),
      detail: text,
      journal: z.exactOptional(short),
    }),
  ),
  respawned: list(z.object({ pid: whole, startTime: whole, exe: path, cmdline: text, parent: text })),
  refused: list(refusalSchema),
});

export const isolatedFileSchema: z.ZodMiniType<IsolatedFile> = z.object({
  id: short,
  path,
  pathBase64: z.exactOptional(path),
  sha256,
  size: count,
  mode: whole,
  uid: whole,
  gid: whole,
  isolatedAt: time,
  source: z.enum(["alarm", "scan", "manual"]),
  status: z.enum(["isolating", "isolated", "restoring", "restored", "deleted"]),
  alarm: z.exactOptional(short),
  plan: z.exactOptional(short),
});

export const journalEntrySchema: z.ZodMiniType<JournalEntry> = z.object({
  id: short,
  at: time,
  operator: short,
  plan: short,
  step: short,
  kind: short,
  target: path,
  state: z.enum(["intent", "done", "failed", "undone", "recovered"]),
  detail: text,
  undoable: z.boolean(),
});

const autostartItemSchema: z.ZodMiniType<AutostartItem> = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  class: z.int().check(z.gte(1), z.lte(61)),
  className: short,
  kind: z.enum(["service", "scheduledTask", "preloadedLibrary", "runKey", "startupFolder", "other"]),
  name: path,
  path,
  pathBase64: z.exactOptional(path),
  line: z.exactOptional(whole),
  command: z.exactOptional(text),
  runUser: short,
  trigger: text,
  enabled: z.boolean(),
  sha256: z.string().check(z.regex(/^([0-9a-f]{64})?$/)),
  target: z.exactOptional(z.object({ path, sha256: z.exactOptional(sha256) })),
  owner: z.enum(["package", "modified", "unowned", "unknown"]),
  mode: whole,
  uid: whole,
  gid: whole,
  mtime: time,
  ctime: time,
  xattrs: z.exactOptional(z.record(short, text)),
  immutable: z.exactOptional(z.boolean()),
  risk: list(text),
});

const autostartChangeSchema: z.ZodMiniType<AutostartChange> = z.object({
  change: z.enum(["add", "delete", "modify"]),
  item: autostartItemSchema,
  before: z.exactOptional(autostartItemSchema),
  fields: list(short),
  seenAt: time,
});

export const autostartDocumentSchema: z.ZodMiniType<AutostartDocument> = z.object({
  schema: z.literal("countermine/autostart@1"),
  items: list(autostartItemSchema),
  changes: z.exactOptional(list(autostartChangeSchema)),
  notRun: list(z.object({ class: short, reason: text })),
});
