import * as z from "zod/mini";
import type { OpsErrorKind } from "#core/opsError";
import { hostOverviewSchema } from "./overviewSchema.ts";
import {
  alarmSchema,
  alarmStateSchema,
  autostartDocumentSchema,
  hostSummarySchema,
  isolatedFileSchema,
  journalEntrySchema,
  planResultSchema,
  planSchema,
  triageDocumentSchema,
} from "./schemas.ts";

/**
 * Everything that the operator's side may ask of the helper: name, parameters, result.
 * Both ends validate with these schemas at their edge and trust inside. The page
 * docs/protocol.md is generated from this file, comments included.
 */
export interface Method<Params, Result> {
  readonly name: string;
  readonly params: z.ZodMiniType<Params>;
  readonly result: z.ZodMiniType<Result>;
  /** True when it can change something on the host, the helper's own records included. */
  readonly changesHost: boolean;
}

function read<Params, Result>(
  name: string,
  params: z.ZodMiniType<Params>,
  result: z.ZodMiniType<Result>,
): Method<Params, Result> {
  return { name, params, result, changesHost: false };
}

function change<Params, Result>(
  name: string,
  params: z.ZodMiniType<Params>,
  result: z.ZodMiniType<Result>,
): Method<Params, Result> {
  return { name, params, result, changesHost: true };
}

const short = z.string().check(z.maxLength(512));
const path = z.string().check(z.minLength(1), z.maxLength(40_000));
const none = z.strictObject({});
const mode = z.enum(["sensitive", "balanced", "conservative"]);

/** What to act on: an alarm of the last triage, a pid as of now, or a path as of now. */
export const targetSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("alarm"), id: z.string().check(z.regex(/^[0-9a-f]{16}$/)) }),
  z.strictObject({ kind: z.literal("pid"), pid: z.int().check(z.gte(1), z.lte(4_194_304)) }),
  z.strictObject({ kind: z.literal("file"), path, pathBase64: z.exactOptional(path) }),
]);
export type ResponseTarget = z.infer<typeof targetSchema>;

const allowRuleSchema = z.strictObject({
  field: z.enum(["fileHash", "processHash", "filePath", "processPath", "cmdline", "username", "loginIp"]),
  operator: z.enum(["equal", "contain"]),
  value: z.string().check(z.minLength(1), z.maxLength(4096)),
  reason: z.string().check(z.minLength(1), z.maxLength(512)),
  host: z.exactOptional(short),
  expires: z.exactOptional(z.number()),
});
export type AllowRuleParams = z.infer<typeof allowRuleSchema>;

/** Records that were damaged or changed by somebody else, one sentence each: the sign of tampering. */
const problemsSchema = z.array(z.string().check(z.maxLength(2000))).check(z.maxLength(1000));

export const methods = {
  /** First request of every session: versions and who answers. */
  initialize: read(
    "initialize",
    z.strictObject({ protocol: z.int(), operator: z.string().check(z.maxLength(256)) }),
    z.object({
      protocol: z.int(),
      build: short,
      host: hostSummarySchema,
      euid: z.int().check(z.gte(0)),
      pid: z.int().check(z.gte(1)),
      /** Why the state folder can't be used, when it can't; reading goes on without it. */
      stateProblem: z.exactOptional(z.string().check(z.maxLength(2000))),
      /** Steps that an earlier helper left half done: ask `recover`. */
      unsettled: z.int().check(z.gte(0)),
    }),
  ),
  /** Runs every check once. Reports progress. */
  triage: read(
    "triage",
    z.strictObject({ mode, allowRules: z.array(allowRuleSchema).check(z.maxLength(1000)) }),
    triageDocumentSchema,
  ),
  /** What systeminformation says about the machine; for people, never for detection. */
  overview: read("overview", none, hostOverviewSchema),
  /** Plans to freeze the targets and what belongs to them. */
  planContain: read("plan/contain", z.strictObject({ targets: z.array(targetSchema) }), planSchema),
  /** Plans to freeze, keep evidence, quarantine, kill, and watch. */
  planIsolate: read(
    "plan/isolate",
    z.strictObject({ targets: z.array(targetSchema), watchSeconds: z.exactOptional(z.int()) }),
    planSchema,
  ),
  /** Plans to put isolated files back: to their own places, or one file to another path. Overwrites nothing. */
  planRestore: read("plan/restore", z.strictObject({ ids: z.array(short), to: z.exactOptional(path) }), planSchema),
  /** Plans to delete the content of isolated files for good. */
  planDelete: read("plan/delete", z.strictObject({ ids: z.array(short) }), planSchema),
  /** Applies exactly this plan. Reports progress; cancelling stops before the next step. */
  applyPlan: change("plan/apply", z.strictObject({ plan: planSchema }), planResultSchema),
  /** Every file that is or was isolated on the host. */
  listIsolated: read(
    "isolated/list",
    none,
    z.object({ files: z.array(isolatedFileSchema), problems: z.exactOptional(problemsSchema) }),
  ),
  /** What was done on the host, by whom, and what can still be taken back; oldest first. */
  journal: read(
    "journal/list",
    none,
    z.object({ entries: z.array(journalEntrySchema), problems: z.exactOptional(problemsSchema) }),
  ),
  /** Takes back what a plan did, in reverse order. */
  undo: change("journal/undo", z.strictObject({ plan: short }), planResultSchema),
  /** Settles steps that were cut off; `apply: false` only says what it would do. */
  recover: change(
    "journal/recover",
    z.strictObject({ apply: z.boolean() }),
    z.object({ entries: z.array(journalEntrySchema) }),
  ),
  /** The alarms that the host keeps, without looking again. */
  listAlarms: read("alarms/list", none, z.object({ alarms: z.array(alarmSchema) })),
  /** Moves alarms to another state, with a remark. Processes and files stay as they are. */
  setAlarmState: change(
    "alarms/setState",
    z.strictObject({
      ids: z.array(short),
      state: alarmStateSchema,
      remark: z.exactOptional(z.string().check(z.maxLength(256))),
    }),
    z.object({ alarms: z.array(alarmSchema) }),
  ),
  /** What starts by itself, as of now. Reports progress. */
  listAutostart: read("autostart/list", none, autostartDocumentSchema),
  /** As list, and stores it on the host as the latest snapshot. */
  snapshotAutostart: change("autostart/snapshot", none, autostartDocumentSchema),
  /** The present items with the changes since the latest snapshot. */
  diffAutostart: read("autostart/diff", none, autostartDocumentSchema),
  /** The changes over all stored snapshots. */
  autostartHistory: read("autostart/history", none, autostartDocumentSchema),
  /** Takes the helper's state off the host; refused while isolated files would be lost, unless told to lose them. */
  removeState: change(
    "host/remove",
    z.strictObject({ loseIsolatedFiles: z.boolean() }),
    z.object({ removed: z.array(path) }),
  ),
  /** Ends the helper. */
  shutdown: read("shutdown", none, none),
} as const;

/** Sent by the operator's side every few seconds; without it the helper ends. */
export const heartbeat = "heartbeat";

export const progressSchema = z.object({
  phase: short,
  message: z.string().check(z.maxLength(2000)),
  done: z.exactOptional(z.number()),
  total: z.exactOptional(z.number()),
});
export type Progress = z.infer<typeof progressSchema>;

const errorSchema = z.object({
  kind: z.string().check(z.maxLength(64)),
  message: z.string().check(z.maxLength(8000)),
  nextStep: z.string().check(z.maxLength(4000)),
});
export type WireError = { readonly kind: OpsErrorKind; readonly message: string; readonly nextStep: string };

/** A foreseen failure crosses the wire as data; only bugs are JSON-RPC errors. */
export type Outcome<Result> =
  | { readonly ok: true; readonly value: Result }
  | { readonly ok: false; readonly error: WireError };

/** The shape of an answer, before its value is validated with the method's own schema. */
export const outcomeSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorSchema }),
]);
